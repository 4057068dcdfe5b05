/** `GET /metrics`: what Prometheus scrapes. */
import type { HttpParts } from '../parts.ts';

export async function readMetrics({ metrics }: HttpParts): Promise<Response> {
  const { contentType, body } = await metrics.render();
  return new Response(body, { headers: { 'content-type': contentType } });
}
