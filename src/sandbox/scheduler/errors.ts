/** Errors of EventBridge Scheduler. The sentences are AWS's where they are known. */
import { AwsError } from '../errors.ts';

export function validation(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

export function invalidExpression(expression: string): AwsError {
  return validation(`Invalid Schedule Expression ${expression}.`);
}

/** AWS looks at the role's trust policy when a schedule is written. */
export function untrustingRole(): AwsError {
  return validation('The execution role you provide must allow AWS EventBridge Scheduler to assume the role.');
}

export function scheduleNotFound(name: string): AwsError {
  return new AwsError('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404);
}

export function groupNotFound(name: string): AwsError {
  return new AwsError('ResourceNotFoundException', `Schedule group ${name} does not exist.`, 404);
}

export function alreadyExists(what: 'Schedule' | 'Schedule group', name: string): AwsError {
  return new AwsError('ConflictException', `${what} ${name} already exists.`, 409);
}

export function accessDenied(arn: string, action: string, resource: string): AwsError {
  const message = `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
  return new AwsError('AccessDeniedException', message, 403);
}
