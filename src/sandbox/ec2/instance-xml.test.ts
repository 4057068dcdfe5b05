import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultFleet } from '../fleet.ts';
import { reservationXml } from './instance-xml.ts';
import { forceState } from '../transitions.ts';
import { writeXml } from '../xml.ts';

test('a terminated machine loses its place in the network, but not its tags', () => {
  const machine = defaultFleet(0).machines.find(({ tags }) => tags['Name'] === 'licence-server');
  assert.ok(machine);
  const shown = writeXml('item', reservationXml(machine));
  assert.match(shown, /<privateIpAddress>10\.0\.1\.20<.*<ipAddress>203\.0\.113\.20<.*<volumeId>/);
  const terminated = writeXml('item', reservationXml(forceState(machine, 'terminated', 0)));
  assert.doesNotMatch(terminated, /203\.0\.113|10[.-]0[.-]1[.-]20|vpcId|volumeId/);
  assert.match(terminated, /<code>48<\/code><name>terminated<.*<value>licence-server</);
});
