/** The settings of what sends alerts, and of what it is asked about them. */
import * as z from 'zod';
import { durationOf, filePath, apiUrl } from './fields.ts';

export const monitoringSettings = {
  alertmanager: z
    .strictObject({
      url: apiUrl.meta({
        description:
          'Where Alertmanager answers, such as `http://alertmanager:9093`. It is asked whether an alert still fires before a stop that had to wait.',
      }),
      token_file: filePath.optional().meta({ description: 'A file with a bearer token for it.' }),
    })
    .optional()
    .meta({ description: 'The Alertmanager that the alerts come from.' }),
  prometheus: z
    .strictObject({
      url: apiUrl.meta({
        description:
          'Where Prometheus answers, such as `http://prometheus:9090`. It is asked whether a machine is still needed before a stop by `on_resolved`.',
      }),
      token_file: filePath.optional().meta({ description: 'A file with a bearer token for it.' }),
    })
    .optional()
    .meta({ description: 'The Prometheus that evaluates the rules.' }),
  on_resolved: z
    .strictObject({
      grace: durationOf('0s', '7d').prefault('10m').meta({
        shownDefault: '10m',
        description:
          'How long a resolved alert has to fire again before a stop. Longer than a restart of Prometheus takes.',
      }),
      trust: z.boolean().default(false).meta({
        description:
          'Whether a resolved alert is believed without Prometheus. Then a Prometheus that has gone stops machines.',
      }),
    })
    .prefault({})
    .meta({ description: 'What holds back a stop that the label `on_resolved: stop` asks for.' }),
};
