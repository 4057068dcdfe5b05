/** `settings` shows the configuration in force. */
import { stringify } from 'yaml';
import { settingsAnswer } from './answers.ts';
import { wantsJson, type Call } from './call.ts';
import { EXIT } from './command-error.ts';
import { openServer } from './server.ts';

/** @returns the exit code */
export async function showSettings(call: Call): Promise<number> {
  const { screen } = call;
  const json = wantsJson(call);
  const answer = await openServer(call).ask(settingsAnswer, { path: 'api/v1/settings' });
  if (json) {
    screen.json(answer);
    return EXIT.ok;
  }
  const { version, database, settings, leftOut } = answer;
  screen.write([
    [{ text: `ec2-operator ${version}, ${database}`, style: 'strong' }],
    [''],
    ...stringify(settings)
      .trimEnd()
      .split('\n')
      .map((line) => [line]),
    [''],
    ['never shown:'],
    ...Object.entries(leftOut).map(([name, why]) => [{ text: `  ${name}: ${why}`, style: 'quiet' as const }]),
  ]);
  return EXIT.ok;
}
