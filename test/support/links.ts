/** Links as a message would carry them, and the pages behind them. */
import assert from 'node:assert/strict';
import type { SignedAbout } from '../../src/links/token.ts';
import { createLinks } from '../../src/links/links.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/port.ts';
import { idOf, REGION } from './fleet.ts';
import { temporaryDirectory } from './operator.ts';

export const PUBLIC_URL = 'https://ec2.example.com';

type Asked = Partial<Omit<SignedAbout, 'purpose' | 'recipient'>> & {
  /** Null: whoever reads the channel. */
  readonly recipient?: string | null;
};

export type Sign = (purpose: SignedAbout['purpose'], more?: Asked) => string;

/** Signs links with the keys of this store. @returns their paths */
export async function signer(store: Pick<Store, 'linkKeys'>): Promise<Sign> {
  const sign = await createLinks({ store, publicUrl: PUBLIC_URL, clock: Date.now }).open();
  return (purpose, { recipient = 'pia@example.com', ...more } = {}) => {
    const about: SignedAbout = {
      purpose,
      instance: { id: idOf(1), region: REGION },
      subject: 'a subject',
      channel: 'ml',
      ...(recipient === null ? {} : { recipient }),
      expiresAt: Date.now() + 3_600_000,
      ...more,
    };
    return new URL(sign(about)).pathname;
  };
}

/** A directory with a database that has a key for links: no other process may open the database of one that runs. */
export async function keyedDirectory(
  stack: AsyncDisposableStack,
): Promise<{ readonly dataDir: string; readonly sign: Sign }> {
  const dataDir = await temporaryDirectory(stack);
  const store = await openStore(undefined, dataDir);
  const keys = await store.linkKeys(Date.now());
  await store.close();
  return { dataDir, sign: await signer({ linkKeys: async () => Promise.resolve(keys) }) };
}

export interface ShownPage {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly title: string;
  /** The text of the page, without markup. */
  readonly words: string;
  /** The nonce of its form; empty without one. */
  readonly nonce: string;
}

export function readPage({ status, headers, text }: Pick<ShownPage, 'status' | 'headers' | 'text'>): ShownPage {
  const words = unescape(
    text
      .replace(/<(?:script|style|title|noscript)\b.*?<\/(?:script|style|title|noscript)>/gs, '')
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' '),
  ).trim();
  return {
    status,
    headers,
    text,
    words,
    title: unescape(/<title>(.*?)<\/title>/s.exec(text)?.[1] ?? ''),
    nonce: /name="nonce" value="([^"]*)"/.exec(text)?.[1] ?? '',
  };
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

function unescape(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity);
}

/** The body of a form that a browser sends. */
export function formOf(fields: Readonly<Record<string, string>>): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'null' },
    body: new URLSearchParams(fields).toString(),
  };
}

/** A press as the script of the page sends it. */
export function pressed({ nonce }: Pick<ShownPage, 'nonce'>, button: Readonly<Record<string, string>>): RequestInit {
  assert.notEqual(nonce, '', 'the page has a form');
  return formOf({ nonce, pressed: nonce, ...button });
}
