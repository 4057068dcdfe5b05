/** Tells that a request was let in, at that moment: its answer may be a minute away. */

export interface Admissions {
  /** Calls `onAdmitted` once the request with these headers has shown who sends it. */
  readonly watch: (headers: Headers, onAdmitted: () => void) => void;
  readonly admit: (headers: Headers) => void;
  readonly wasAdmitted: (headers: Headers) => boolean;
}

export function createAdmissions(): Admissions {
  const watched = new WeakMap<Headers, () => void>();
  const admitted = new WeakSet<Headers>();
  return {
    watch: (headers, onAdmitted) => {
      watched.set(headers, onAdmitted);
    },
    admit: (headers) => {
      admitted.add(headers);
      watched.get(headers)?.();
    },
    wasAdmitted: (headers) => admitted.has(headers),
  };
}
