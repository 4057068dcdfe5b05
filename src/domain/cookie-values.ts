/** The cookies of a request, as strictly as browsers keep them. */
import { withoutSpace } from './http-space.ts';

/**
 * The values of all cookies of this name. Only the white space of HTTP is left out around a name: with a no-break space before it,
 * `__Host-name` is another name to browsers, which a neighbouring host may set for this one.
 *
 * @param header of `Cookie`, each byte as one character
 */
export function cookieValues(header: string | null, name: string): readonly string[] {
  const start = `${name}=`;
  return (header ?? '')
    .split(';')
    .map(withoutSpace)
    .filter((pair) => pair.startsWith(start))
    .map((pair) => pair.slice(start.length));
}
