/** The doctor on the embedded EC2, so that a test reads like a complaint and its diagnosis. */
import assert from 'node:assert/strict';
import { loadConfig } from '../../src/config/load.ts';
import { examine } from '../../src/doctor/examine.ts';
import type { Finding, Severity } from '../../src/doctor/finding.ts';
import type { Fault } from '../../src/sandbox/faults.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/server.ts';
import { fleetOf, type MachineEntry } from '../support/fleet.ts';
import { sandboxEnvironment, temporaryDirectory } from '../support/operator.ts';

export interface Patient {
  readonly machines: readonly MachineEntry[];
  readonly accounts?: MachineEntry;
  readonly clock?: SandboxOptions['clock'];
  readonly fault?: Fault;
  readonly environment?: Readonly<Record<string, string>>;
  /** The configuration file. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly hosts?: readonly string[];
  /** Makes what the fleet file cannot say. */
  readonly prepare?: (sandbox: Sandbox) => Promise<void>;
  /** All known names with their addresses. */
  readonly names?: Readonly<Record<string, readonly string[]>>;
}

export interface Diagnosis {
  readonly findings: readonly Finding[];
  readonly sandbox: Sandbox;
}

/** Runs the doctor on the patient. */
export async function examined(patient: Patient): Promise<Diagnosis> {
  await using stack = new AsyncDisposableStack();
  const directory = await temporaryDirectory(stack);
  const fleet = fleetOf(patient.machines, patient.accounts);
  const { clock, names = {} } = patient;
  const sandbox = stack.use(await startSandbox({ fleet, ...(clock === undefined ? {} : { clock }) }));
  await patient.prepare?.(sandbox);
  if (patient.fault !== undefined) sandbox.faults.add(patient.fault);
  const environment = {
    HOST: '127.0.0.1',
    DATA_DIR: directory,
    AUTH_TOKEN: 'a-token-that-is-long-enough',
    ...sandboxEnvironment(sandbox),
    ...patient.environment,
  };
  const findings = await examine({
    config: loadConfig(environment, JSON.stringify(patient.config ?? {})),
    environment,
    hosts: patient.hosts ?? [],
    lookUpName: async (name) => {
      const addresses = names[name];
      return Promise.resolve(addresses === undefined ? { answer: 'unknown' } : { answer: 'addresses', addresses });
    },
  });
  return { findings, sandbox };
}

/** The findings of one severity, as `check: evidence`. */
export function of(findings: readonly Finding[], severity: Severity): readonly string[] {
  return findings
    .filter((finding) => finding.severity === severity)
    .map(({ check, evidence }) => `${check}: ${evidence}`);
}

/** Expects one finding of this check and severity whose evidence matches, with advice. */
export function expectFinding(
  findings: readonly Finding[],
  severity: Severity,
  check: string,
  evidence: RegExp,
): Finding {
  const found = findings.find(
    (each) => each.severity === severity && each.check === check && evidence.test(each.evidence),
  );
  assert.ok(
    found,
    `expected ${severity} ${check} like ${String(evidence)} among\n${JSON.stringify(findings, null, 1)}`,
  );
  if (severity === 'error' || severity === 'warning') assert.ok(found.change, 'expected it to say what to do');
  return found;
}
