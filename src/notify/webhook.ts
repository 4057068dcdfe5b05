/** The generic webhook, for programs. */
import * as z from 'zod';
import { httpUrl } from '../config/fields.ts';
import { channelKind } from './channel.ts';
import { post } from './post.ts';

export const webhook = channelKind(
  z.strictObject({ url: httpUrl.describe('Where the notices are posted to.') }).describe('A program that takes JSON.'),
  ({ url }) => ({
    open: () => ({
      deliver: async (letter, signal) => post({ url, body: JSON.stringify(letter.news) }, signal),
    }),
  }),
);
