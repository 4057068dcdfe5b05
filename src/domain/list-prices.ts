/** AWS's list prices of GPU machines, for machines without an entry in `prices`, which says what a company pays. */

/** Where and when AWS listed them: on demand, with Linux. Other regions are mostly dearer. */
export const LISTED = { region: 'us-east-1', date: '2026-07-20' } as const;

/** Dollars an hour, by family and size. */
const FAMILIES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  g4dn: {
    xlarge: 0.526,
    '2xlarge': 0.752,
    '4xlarge': 1.204,
    '8xlarge': 2.176,
    '12xlarge': 3.912,
    '16xlarge': 4.352,
    metal: 7.824,
  },
  g5: {
    xlarge: 1.006,
    '2xlarge': 1.212,
    '4xlarge': 1.624,
    '8xlarge': 2.448,
    '12xlarge': 5.672,
    '16xlarge': 4.096,
    '24xlarge': 8.144,
    '48xlarge': 16.288,
  },
  g6: {
    xlarge: 0.8048,
    '2xlarge': 0.9776,
    '4xlarge': 1.3232,
    '8xlarge': 2.0144,
    '12xlarge': 4.6016,
    '16xlarge': 3.3968,
    '24xlarge': 6.6752,
    '48xlarge': 13.3504,
  },
  g6e: {
    xlarge: 1.861,
    '2xlarge': 2.24208,
    '4xlarge': 3.00424,
    '8xlarge': 4.52856,
    '12xlarge': 10.49264,
    '16xlarge': 7.57719,
    '24xlarge': 15.06559,
    '48xlarge': 30.13118,
  },
  g7e: { '2xlarge': 3.36312, '48xlarge': 33.14432 },
  p3: { '2xlarge': 3.06, '8xlarge': 12.24, '16xlarge': 24.48 },
  p3dn: { '24xlarge': 31.212 },
  p4d: { '24xlarge': 21.957642 },
  p4de: { '24xlarge': 27.44705 },
  p5: { '4xlarge': 6.88, '48xlarge': 55.04 },
  p5en: { '48xlarge': 63.296 },
  'p6-b200': { '48xlarge': 113.9328 },
  'p6-b300': { '48xlarge': 142.416 },
  trn1: { '2xlarge': 1.34375, '32xlarge': 21.5 },
  trn1n: { '32xlarge': 24.78 },
  inf2: { xlarge: 0.7582, '8xlarge': 1.96786, '24xlarge': 6.49063, '48xlarge': 12.98127 },
};

/** Dollars an hour, by exact type. */
export const LIST_PRICES: ReadonlyMap<string, number> = new Map(
  Object.entries(FAMILIES).flatMap(([family, sizes]) =>
    Object.entries(sizes).map(([size, perHour]): [string, number] => [`${family}.${size}`, perHour]),
  ),
);
