/** Messages as Slack shows them. Texts from outside are plain text where Slack allows it, so that no name notifies people. */
import type { Message, MessageLink } from '../../domain/message.ts';
import { fit } from '../fit.ts';
import { escapeAngles } from '../text.ts';

interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  /** Without it, `:skull:` in a name becomes a picture. */
  readonly emoji: false;
}

/** Slack finds no channels and people in it by itself. */
interface Markup {
  readonly type: 'mrkdwn';
  readonly text: string;
  readonly verbatim: true;
}

export type SlackBlock =
  | { readonly type: 'header'; readonly text: PlainText; readonly fields?: never }
  | { readonly type: 'section'; readonly text: PlainText | Markup; readonly fields?: never }
  | { readonly type: 'section'; readonly fields: readonly PlainText[]; readonly text?: never }
  /** Buttons; see Slack's reference of block elements. */
  | { readonly type: 'actions'; readonly elements: readonly object[] };

export interface SlackMessage {
  /** For the notification, and for screen readers. */
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

/** Above about 13,200 characters in all blocks Slack refuses a message, which no page says. */
const MOST_TEXT = 10_000;
const LONGEST_FALLBACK = 3_500;
const LONGEST_SECTION = 3_000;

/** @param actions blocks with buttons, which stand between the facts and the links */
export function slackMessageOf(message: Message, actions: readonly SlackBlock[] = []): SlackMessage {
  return fit(
    message,
    (short) => render(short, actions),
    ({ text, blocks }) => text.length <= LONGEST_FALLBACK && textOf(blocks).join('').length <= MOST_TEXT,
  );
}

function render({ title, text, facts, links }: Message, actions: readonly SlackBlock[]): SlackMessage {
  const fields = facts.map(({ name, value }) => plainText(`${name}\n${value}`));
  return {
    text: escapeAngles(text === '' ? title : `${title}\n${text}`),
    blocks: [
      { type: 'header', text: plainText(title) },
      ...(text === '' ? [] : [{ type: 'section', text: plainText(text) } as const]),
      ...(fields.length === 0 ? [] : [{ type: 'section', fields } as const]),
      ...actions,
      ...linkBlocks(links),
    ],
    unfurl_links: false,
    unfurl_media: false,
  };
}

/** Links, not buttons: a button with a link needs an app that answers Slack, which a webhook has not. */
function linkBlocks(links: readonly MessageLink[]): readonly SlackBlock[] {
  const shown = links.filter(({ purpose }) => purpose !== 'keep_now').map(linkMarkup);
  const together = shown.join('   ');
  if (together.length <= LONGEST_SECTION) return together === '' ? [] : [markupBlock(together)];
  return shown.filter((text) => text.length <= LONGEST_SECTION).map(markupBlock);
}

function linkMarkup({ label, url }: MessageLink): string {
  return `*<${escapeAngles(url).replaceAll('|', '%7C')}|${escapeAngles(label)}>*`;
}

function markupBlock(text: string): SlackBlock {
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } };
}

function plainText(text: string): PlainText {
  return { type: 'plain_text', text, emoji: false };
}

function textOf(blocks: readonly SlackBlock[]): readonly string[] {
  return blocks.flatMap((block) => {
    if (block.type === 'actions') return [JSON.stringify(block.elements)];
    return block.fields === undefined ? [block.text.text] : block.fields.map(({ text }) => text);
  });
}
