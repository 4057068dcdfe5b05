/** @throws RangeError when there are more bytes; the rest is not read */
export async function readBounded(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new RangeError(`expected at most ${maxBytes} bytes, got more`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
