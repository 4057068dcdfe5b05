/** The routes by which people log in and out. They are a part of the table in `routes.ts`. */
import * as z from 'zod';
import { page, route, type RouteEntry } from './route.ts';
import { logIn, logOut, showLogin } from './routes/login.ts';
import { goToProvider, returnFromProvider } from './routes/openid.ts';

const query = z.object({
  next: z.string().optional().describe('The path to go to afterwards. Only a path of these pages counts.'),
});

export const LOGIN_ROUTES: readonly RouteEntry[] = [
  route({
    method: 'GET',
    path: '/login',
    summary: 'The page with the ways to log in.',
    access: 'open',
    forPeople: true,
    query,
    answers: { 200: page('The page.') },
    handle: showLogin,
  }),
  route({
    method: 'POST',
    path: '/login',
    summary: 'Logs a person in by the form field `token`, which is a token. The answer sets the cookie of a session.',
    access: 'open',
    forPeople: true,
    answers: {
      303: page('Logged in. `Location` is the path of the form field `next`.'),
      400: page('There is no login over plain HTTP.'),
      401: page('The token is not valid.'),
      403: page('Another web site caused the request.'),
      413: page('The form is too large.'),
      429: page('Too many wrong tokens came from this address; `Retry-After` says when to try again.'),
      503: page('The store is unavailable.'),
    },
    handle: logIn,
  }),
  route({
    method: 'POST',
    path: '/logout',
    summary: 'Ends the session of the cookie, on all replicas.',
    access: 'open',
    forPeople: true,
    answers: {
      303: page('Logged out.'),
      403: page('Another web site caused the request.'),
      503: page('The store is unavailable, and the session goes on.'),
    },
    handle: logOut,
  }),
  route({
    method: 'GET',
    path: '/login/oidc',
    summary: 'Sends the browser to the OpenID provider (`login.oidc`), where the person logs in.',
    access: 'open',
    begins: true,
    forPeople: true,
    query,
    answers: {
      303: page(
        "`Location` is the provider's page. The answer sets a cookie for ten minutes, which belongs to this login alone.",
      ),
      400: page('There is no login over plain HTTP.'),
      404: page('No provider is configured.'),
      502: page('The provider does not answer, or not as one.'),
      503: page('The store is unavailable.'),
    },
    handle: goToProvider,
  }),
  route({
    method: 'GET',
    path: '/login/callback',
    summary: 'The provider sends the browser back to this address. The answer sets the cookie of a session.',
    access: 'open',
    begins: true,
    forPeople: true,
    answers: {
      303: page('Logged in. `Location` is the page that the person wanted.'),
      400: page('The answer is not for a login of this browser, comes too late or a second time, or fails a check.'),
      403: page('The provider refuses, or names nobody.'),
      404: page('No provider is configured.'),
      429: page('Too many logins from this address have failed; `Retry-After` says when to try again.'),
      502: page('The provider does not answer.'),
      503: page('The store is unavailable.'),
    },
    handle: returnFromProvider,
  }),
];
