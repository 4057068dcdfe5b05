/** The ways in which a person says no to a stop. A campaign throws each of them at stops in their last moment. */
import assert from 'node:assert/strict';
import { ENDED_STATES } from '../../src/domain/operation.ts';
import { newHoldAnswerSchema } from '../../src/http/hold-schemas.ts';
import { operationAnswerSchema, problemSchema, type OperationBody } from '../../src/http/schemas.ts';
import { json } from '../support/operator.ts';
import { post } from './senders.ts';

/** A stop by an alert. */
export interface Stop {
  readonly operation: string;
  /** The machine. */
  readonly instance: string;
}

/** A person is told that the no came in time, or when the stop was sent. */
export type Said = { readonly said: 'in_time' } | { readonly said: 'too_late'; readonly sentAt: number };

export interface No {
  readonly name: string;
  /** @returns undefined without an answer: then the person asks again */
  readonly say: (url: string, stop: Stop) => Promise<Said | undefined>;
  /** Takes back what would keep the stop waiting for ever. Called once when the answer was heard. */
  readonly takeBack: (url: string, stop: Stop) => Promise<void>;
  /** What the stop's end must be after a no that came in time. */
  readonly expectEnd: (end: OperationBody) => void;
}

const CANCEL: No = {
  name: 'a cancel',
  say: async (url, { operation }) => {
    const { status, text } = await post(`${url}/api/v1/operations/${operation}/cancel`, { method: 'POST' });
    if (status === 0 || status === 503) return undefined;
    if (status === 200) {
      const shown = operationAnswerSchema.parse(JSON.parse(text)).operation;
      assert.deepEqual([shown.state, shown.sentAt], ['cancelled', undefined], text);
      return { said: 'in_time' };
    }
    assert.equal(status, 409, text);
    const { detail, sentAt, operation: sent } = problemSchema.parse(JSON.parse(text));
    assert.ok(sentAt !== undefined && sent === operation, text);
    assert.match(detail, new RegExp(`: the stop was sent to EC2 at ${sentAt}; start it again\\?$`));
    return { said: 'too_late', sentAt: Date.parse(sentAt) };
  },
  takeBack: async () => Promise.resolve(),
  expectEnd: (end) => assert.deepEqual([end.state, end.reason], ['cancelled', 'by_person'], JSON.stringify(end)),
};

/** What the stop waits for after this no, and how the no is said and taken back. */
interface Voiced {
  readonly name: string;
  readonly waits: 'held' | 'leased';
  readonly path: string;
  readonly more: Readonly<Record<string, string>>;
  readonly endPath: (instance: string) => string;
}

/** A no that stays until it is taken back: the stop waits meanwhile. */
function voiced({ name, waits, path, more, endPath }: Voiced): No {
  return {
    name,
    say: async (url, { instance }) => {
      const { status, text } = await post(`${url}${path}`, json({ target: instance, for: '1h', ...more }));
      if (status === 0 || status === 503) return undefined;
      // A machine that does not run any more has no lease.
      if (status === 409) return { said: 'too_late', sentAt: NaN };
      assert.equal(status, 201, text);
      const { tooLate, message } = voicedAnswerSchema.parse(JSON.parse(text));
      if (tooLate !== undefined) {
        assert.equal(tooLate.message, `the stop was sent to EC2 at ${tooLate.sentAt}; start it again?`);
        return { said: 'too_late', sentAt: Date.parse(tooLate.sentAt) };
      }
      // The stop has ended before.
      return message === undefined ? { said: 'in_time' } : { said: 'too_late', sentAt: NaN };
    },
    // Until then the stop has to wait.
    takeBack: async (url, { operation, instance }) => {
      for (;;) {
        const { status, text } = await post(`${url}/api/v1/operations/${operation}?wait=1s`, {});
        if (status !== 200) continue;
        const { state, reason } = operationAnswerSchema.parse(JSON.parse(text)).operation;
        if (ENDED_STATES.some((ended) => ended === state)) break;
        if (state !== 'waiting' || reason !== waits) continue;
        const cancelled = await post(`${url}/api/v1/operations/${operation}/cancel`, { method: 'POST' });
        if (cancelled.status !== 0 && cancelled.status !== 503) break;
      }
      // A lease has ended with its machine.
      for (let status = 0; ![200, 404, 409].includes(status);)
        ({ status } = await post(`${url}${endPath(instance)}`, { method: 'DELETE' }));
    },
    expectEnd: CANCEL.expectEnd,
  };
}

const voicedAnswerSchema = newHoldAnswerSchema.pick({ tooLate: true, message: true });

/** Which of a campaign's holds it is. */
const HOLDER = 'campaign';

const HOLD = voiced({
  name: 'a hold',
  waits: 'held',
  path: '/api/v1/holds',
  more: { holder: HOLDER },
  endPath: (instance) => `/api/v1/holds/${instance}?holder=${HOLDER}`,
});

const LEASE = voiced({
  name: 'a lease',
  waits: 'leased',
  path: '/api/v1/leases',
  more: {},
  endPath: (instance) => `/api/v1/leases/${instance}`,
});

export const NOS: readonly No[] = [CANCEL, HOLD, LEASE];
