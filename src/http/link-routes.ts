/** The routes behind links, and of their keys. They are a part of the table in `routes.ts`. */
import * as z from 'zod';
import { linkAsset, linkState, pressLink, showLink } from '../web/links/desk.ts';
import { json, page, route, type RouteEntry } from './route.ts';
import { rotateLinkKey, rotatedAnswerSchema, rotateQuerySchema } from './routes/links.ts';

const params = z.object({ token: z.string().describe('The token of the link.') });

const ENDED = {
  404: page('There is no such link.'),
  410: page('The link has expired; the page says what can still be done.'),
  503: page('The store is unavailable, and nothing was accepted.'),
} as const;

export const LINK_ROUTES: readonly RouteEntry[] = [
  route({
    method: 'GET',
    path: '/l/assets/{file}',
    summary: 'The style and the script of the pages.',
    access: 'link',
    params: z.object({ file: z.string() }),
    answers: { 200: page('The file.'), 404: page('There is no such file.') },
    handle: linkAsset,
  }),
  route({
    method: 'GET',
    path: '/l/{token}',
    summary: 'The page behind a link in a message. It shows, and never acts.',
    access: 'link',
    params,
    answers: { 200: page('The page.'), ...ENDED },
    handle: showLink,
  }),
  route({
    method: 'POST',
    path: '/l/{token}',
    summary: 'A button of the page was pressed: keeps or starts the machine of the link.',
    access: 'link',
    params,
    answers: {
      200: page('Done; the page says what.'),
      400: page('Nothing was changed: the press did not come from the form of the page, or a program made it.'),
      405: page('The link only shows.'),
      409: page('Nothing was changed, or too late; the page says why.'),
      413: page('Nothing was changed: the form is too large.'),
      429: page('Nothing was changed: the link was pressed more than ten times within a minute.'),
      ...ENDED,
    },
    handle: pressLink,
  }),
  route({
    method: 'GET',
    path: '/l/{token}/state',
    summary: 'The part of a page that changes by itself.',
    access: 'link',
    params,
    answers: { 200: page('A piece of the page.'), ...ENDED },
    handle: linkState,
  }),
  route({
    method: 'POST',
    path: '/api/v1/links/rotate',
    summary:
      'Makes a new key for links. Links that were sent before stay valid until they expire, unless they are revoked.',
    access: ['admin'],
    query: rotateQuerySchema,
    answers: { 200: json('The new key signs from now on.', rotatedAnswerSchema) },
    handle: rotateLinkKey,
  }),
];
