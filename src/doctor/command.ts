/** `doctor`: checks the whole chain with the configuration that `serve` would use. */
import { once } from 'node:events';
import { ConfigError } from '../config/load.ts';
import { readConfig } from '../config/read.ts';
import type { Config } from '../config/schema.ts';
import { wantsJson, type Call } from '../cli/call.ts';
import { EXIT, interruptedCode } from '../cli/command-error.ts';
import { examine } from './examine.ts';
import { hasErrors, messageOf, report, type Finding } from './finding.ts';
import { countBySeverity, showFindings } from './show.ts';

/** For `--table` when the output is not a terminal. */
const WIDTH = 100;

/** @returns the exit code: 1 with an error */
export async function runDoctor(call: Call): Promise<number> {
  const asJson = wantsJson(call);
  // Checks that still run change nothing, so nothing has to be cleaned up.
  const findings = await Promise.race([checkAll(call), aborted(call.signal)]);
  if (findings === undefined) return interruptedCode(call.signal);
  const ok = !hasErrors(findings);
  if (asJson) call.screen.json({ ok, counts: countBySeverity(findings), findings });
  else call.screen.write(showFindings(findings, call.screen.columns() ?? WIDTH));
  return ok ? EXIT.ok : EXIT.failed;
}

async function aborted(signal: AbortSignal): Promise<undefined> {
  if (!signal.aborted) await once(signal, 'abort');
  return undefined;
}

async function checkAll({ environment, line }: Call): Promise<readonly Finding[]> {
  const { ok, error } = report('configuration');
  let config: Config;
  try {
    config = readConfig(environment);
  } catch (cause) {
    const problems = cause instanceof ConfigError ? cause.problems : [messageOf(cause)];
    return problems.map((problem) => error(problem, 'correct it; docs/reference/configuration.md lists every setting'));
  }
  return [
    ok('loads without problems'),
    ...(await examine({ config, environment, hosts: line.lists.get('host') ?? [] })),
  ];
}
