import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSlack } from '../../../test/support/vendors/slack-app.ts';
import { startListener } from '../../../test/support/listener.ts';
import { respond } from './respond.ts';

const NEVER = new AbortController().signal;

test('a person is answered at an address of Slack only, and alone', async () => {
  await using slack = await startSlack();
  await using elsewhere = await startListener();
  await respond(slack.responseUrl(), slack.api, 'kept <!channel>', NEVER);
  assert.deepEqual(slack.answers, ['kept &lt;!channel&gt;']);
  for (const url of [elsewhere.url, `${elsewhere.url}/hooks.slack.com`, 'http://hooks.slack.com/x', 'file:///etc', 'x'])
    assert.equal(await respond(url, slack.api, 'kept', NEVER), undefined);
  assert.deepEqual(elsewhere.requests, []);
});
