/** The command that asks what other policies would have done. It is a part of the table in `client-commands.ts`. */
import { OUTPUT, type CommandEntry } from './command-entry.ts';

export const REPLAYING = {
  replay: {
    group: 'people',
    summary: 'ask what a policy would have stopped, saved and disturbed in the past',
    operands: '',
    count: [0, 0],
    options: {
      csv: {
        value: 'FILE',
        file: true,
        meaning: 'the times in which machines were busy: rows of machine,start,end; - is standard input',
      },
      'from-prometheus': { meaning: 'read the use of GPUs and processors from Prometheus' },
      prometheus: {
        value: 'URL',
        meaning: 'where Prometheus answers; prometheus.url of the configuration unless given',
      },
      days: {
        value: 'N',
        meaning:
          'how many of the last days are replayed: of Prometheus up to 90, 14 unless given; of the record up to 400, 30 unless given',
      },
      'rule-window': {
        value: 'D',
        many: true,
        meaning: 'of the record: how long the rules would look back, such as 60m; repeat it to compare several',
      },
      'rule-window-now': {
        value: 'D',
        meaning: 'how long the rules look back now; 30m unless given, as the shipped rules',
      },
      by: { value: 'LABEL', meaning: 'the label that names the machine; instance unless given' },
      'type-label': { value: 'LABEL', meaning: 'the label with the instance type; instance_type unless given' },
      quiet: {
        value: 'D',
        many: true,
        meaning:
          'the time from quiet to the stop, such as 36m; repeat it to compare several; six are compared unless given',
      },
      config: {
        value: 'FILE',
        file: true,
        meaning: 'a configuration file, whose guards are asked and whose prices count',
      },
      start: {
        value: 'D',
        meaning: 'how long a start takes until people can work: they wait for it after each stop; 3m unless given',
      },
      ...OUTPUT,
    },
    notes: [
      'Without --csv and --from-prometheus it asks the server, which replays the alerts and stops that it has recorded: what other rules and guards would have done, beside what happened.',
      'Times are RFC 3339, such as 2026-11-27T14:00:00Z, or seconds since the epoch. A header may name the columns, in any order and among others; a column `type` gives instance types, and so dollars. Files compressed with gzip are read as they are. Neither --csv nor --from-prometheus needs a server.',
      'A machine counts as running from its first start to its last end. Idle is all time between its uses; saved is the part of it in which it would have been stopped. It would have been started at its next use. BACK counts the stops after which that was within 15, 30 or 60 minutes.',
      'With --config, the guards of the file are asked at the end of the quiet time, and what they wait for, such as a warning, comes on top of it.',
      '--from-prometheus reads the metrics of nvidia_gpu_exporter and dcgm-exporter, and the processors where node_exporter watches them, as the shipped rules do. Minutes without valid readings are unknown, and never saved. In Kubernetes, DCGM names the node in Hostname: --by Hostname.',
      'See docs/replay.md.',
    ],
    examples: [
      {
        run: 'ec2-operator replay --rule-window 60m',
        does: 'what would a longer window have changed in the last 30 days?',
      },
      { run: 'ec2-operator replay --csv busy.csv', does: 'what would have been saved, and how often regretted?' },
      { run: 'ec2-operator replay --csv busy.csv --quiet 36m --quiet 66m', does: 'compare two quiet times' },
      {
        run: 'ec2-operator replay --from-prometheus --prometheus http://127.0.0.1:9090 --days 14',
        does: 'what would it have saved in the last two weeks?',
      },
      { run: 'ec2-operator replay --csv busy.csv --config operator.yaml', does: 'with windows, limits and warnings' },
    ],
  },
} as const satisfies Readonly<Record<string, CommandEntry>>;
