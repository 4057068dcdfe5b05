import { parseFleet } from '../../src/sandbox/fleet.ts';
import type { Fleet } from '../../src/sandbox/world.ts';

/** Fixed stand-ins; the sandbox knows accounts by them and checks no signature. */
export const MAIN_KEY = 'AKIAEXAMPLEMAIN00000';
export const OTHER_KEY = 'AKIAEXAMPLEOTHER0000';
export const RESEARCH_ROLE = 'arn:aws:iam::222222222222:role/teams/ec2-operator';
export const CLOSED_ROLE = 'arn:aws:iam::222222222222:role/closed';

/** One machine for each thing that the contract asks of a client. */
export const ID = {
  gpu: 'i-0aaaaaaaaaaaaaa01',
  stopped: 'i-0aaaaaaaaaaaaaa02',
  elsewhere: 'i-0aaaaaaaaaaaaaa03',
  research: 'i-0aaaaaaaaaaaaaa04',
  protected: 'i-0aaaaaaaaaaaaaa05',
  spot: 'i-0aaaaaaaaaaaaaa06',
  store: 'i-0aaaaa07',
  denied: 'i-0aaaaaaaaaaaaaa08',
  detached: 'i-0aaaaaaaaaaaaaa09',
  pending: 'i-0aaaaaaaaaaaaaa0a',
  terminated: 'i-0aaaaaaaaaaaaaa0b',
  interrupted: 'i-0aaaaaaaaaaaaaa0c',
  managed: 'i-0aaaaaaaaaaaaaa0d',
  other: 'i-0aaaaaaaaaaaaaa0e',
  nowhere: 'i-0aaaaaaaaaaaaaaff',
} as const;

const FLEET = `
accounts:
  '111111111111': { keys: [${MAIN_KEY}] }
  '222222222222': { roles: [teams/ec2-operator] }
  '333333333333': { keys: [${OTHER_KEY}] }
machines:
  - id: ${ID.gpu}
    name: gpu-1
    account: '111111111111'
    region: eu-central-1
    zone: eu-central-1b
    type: p4d.24xlarge
    launched: 2026-11-20T10:00:00Z
    private_ip: 10.0.1.5
    secondary_ips: [10.0.1.105]
    public_ip: 198.51.100.5
    ipv6: ['2001:db8::5']
    disk: 200
    volumes: [{ type: io2, size: 500, iops: 4000 }, { type: st1, size: 1000 }]
    interfaces:
      - { private_ip: 10.0.2.5, elastic_ip: 203.0.113.5, secondary_ips: [10.0.2.105], ipv6: ['2001:db8:1::5'] }
    tags: { team: 'vision & "sound", größer', empty: '' }
  - { id: ${ID.stopped}, account: '111111111111', region: eu-central-1, type: g5.xlarge, private_ip: 10.0.1.6, state: stopped }
  - { id: ${ID.elsewhere}, account: '111111111111', region: us-west-2, type: g5.xlarge, private_ip: 10.0.1.5 }
  - { id: ${ID.research}, account: '222222222222', region: us-east-1, type: g5.xlarge, private_ip: 10.0.1.5 }
  - { id: ${ID.other}, account: '333333333333', region: eu-central-1, type: g5.xlarge, private_ip: 10.0.1.5 }
  - { id: ${ID.protected}, account: '111111111111', region: eu-central-1, type: g5.xlarge, private_ip: 10.0.1.7, protected: true }
  - { id: ${ID.spot}, account: '111111111111', region: eu-central-1, type: g5.xlarge, private_ip: 10.0.1.8, spot: one-time }
  - { id: ${ID.store}, account: '111111111111', region: eu-central-1, type: g5.xlarge, private_ip: 10.0.1.9, root: instance-store }
  - id: ${ID.denied}
    account: '111111111111'
    region: eu-central-1
    type: g5.xlarge
    private_ip: 10.0.1.10
    unauthorized: [StopInstances]
  - { id: ${ID.detached}, account: '111111111111', region: eu-central-1, type: g5.xlarge, private_ip: 10.0.1.11, state: stopped, root: detached }
  - { id: ${ID.pending}, account: '111111111111', region: eu-central-1, type: g5.xlarge, private_ip: 10.0.1.12, state: pending }
  - { id: ${ID.terminated}, account: '111111111111', region: eu-central-1, type: g5.xlarge, private_ip: 10.0.1.13, state: terminated }
  - id: ${ID.interrupted}
    account: '111111111111'
    region: eu-central-1
    type: g5.xlarge
    private_ip: 10.0.1.14
    state: stopped
    spot: persistent
  - { id: ${ID.managed}, account: '111111111111', region: eu-central-1, type: g5.xlarge, private_ip: 10.0.1.15, operator: eks.amazonaws.com, system: rhel, tenancy: dedicated, capacity_reservation: cr-0123456789abcdef0 }
`;

export function contractFleet(): Fleet {
  return parseFleet(FLEET, Date.now());
}

/** More machines than a page holds, all with one address, as pods on many nodes may have. */
export function crowdedFleet(machines: number, address: string): Fleet {
  const entries = Array.from({ length: machines }, (_, index) => {
    const id = `i-${index.toString(16).padStart(17, '0')}`;
    const own = `10.${index >> 8}.${index & 255}.1`;
    return `  - { id: ${id}, account: '111111111111', region: eu-central-1, type: t3.micro, private_ip: ${own}, secondary_ips: [${address}] }`;
  });
  return parseFleet(
    `accounts:\n  '111111111111': { keys: [${MAIN_KEY}] }\nmachines:\n${entries.join('\n')}`,
    Date.now(),
  );
}
