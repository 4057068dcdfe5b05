/** `doctor`: reads the whole chain with the configuration that `serve` would use, and says what would go wrong. */
import { once } from 'node:events';
import { ConfigError } from '../config/load.ts';
import { readConfig } from '../config/read.ts';
import type { Config } from '../config/schema.ts';
import { wantsJson, type Call } from '../cli/call.ts';
import { EXIT, interruptedCode } from '../cli/command-error.ts';
import { examine } from './examine.ts';
import { hasErrors, report, type Finding } from './finding.ts';
import { countBySeverity, showFindings } from './show.ts';

/** Where the output is no terminal and a table is asked for all the same. */
const WIDTH = 100;

/** @returns the exit code: 1 when something would fail */
export async function runDoctor(call: Call): Promise<number> {
  const asJson = wantsJson(call);
  // Nothing has to be put in order: whatever is under way only looks.
  const findings = await Promise.race([lookAtAll(call), aborted(call.signal)]);
  if (findings === undefined) return interruptedCode(call.signal);
  const isWell = !hasErrors(findings);
  if (asJson) call.screen.json({ ok: isWell, counts: countBySeverity(findings), findings });
  else call.screen.write(showFindings(findings, call.screen.columns() ?? WIDTH));
  return isWell ? EXIT.ok : EXIT.failed;
}

async function aborted(signal: AbortSignal): Promise<undefined> {
  if (!signal.aborted) await once(signal, 'abort');
  return undefined;
}

async function lookAtAll({ environment, line }: Call): Promise<readonly Finding[]> {
  let config: Config;
  try {
    config = readConfig(environment);
  } catch (error) {
    return sayBroken(error);
  }
  const loaded = report('configuration').ok('loads without a problem');
  return [loaded, ...(await examine({ config, environment, hosts: line.lists.get('host') ?? [] }))];
}

/** Without a configuration there is nothing else to look at. */
function sayBroken(error: unknown): readonly Finding[] {
  const found = report('configuration');
  const change = 'correct it: docs/reference/configuration.md names every setting';
  if (error instanceof ConfigError) return error.problems.map((problem) => found.error(problem, change));
  return [found.error(error instanceof Error ? error.message : String(error), change)];
}
