/** Settings of Alertmanager and Prometheus. */
import { apiUrl, durationOf, filePath, flag, group } from './fields.ts';

const server = (description: string, url: string) =>
  group(description, {
    url: apiUrl.describe(url),
    token_file: filePath.optional().describe('A file with a bearer token for it.'),
  }).optional();

export const monitoringSettings = {
  alertmanager: server(
    'The Alertmanager that the alerts come from.',
    'Where Alertmanager answers, such as `http://alertmanager:9093`. It is asked whether an alert still fires before a stop that had to wait.',
  ),
  prometheus: server(
    'The Prometheus that evaluates the rules.',
    'Where Prometheus answers, such as `http://prometheus:9090`. It is asked whether a machine is still needed before a stop by `on_resolved`.',
  ),
  on_resolved: group('What holds back a stop that the label `on_resolved: stop` asks for.', {
    grace: durationOf('0s', '7d')
      .prefault('10m')
      .describe(
        'How long a resolved alert has to fire again before a stop. Longer than a restart of Prometheus takes.',
      ),
    trust: flag(
      'Whether a resolved alert is believed without Prometheus. Then machines are stopped when Prometheus goes away.',
    ),
  }).prefault({}),
};
