/** EC2's metadata service as a machine sees it: version 2, which answers only with a token of its own. */
import { startListener, type Listener } from './listener.ts';

const TOKEN = 'a-token-of-the-metadata-service';

/** @param instance what it says of the machine */
export async function startMetadataService(instance: string): Promise<Listener> {
  return startListener(({ method, url, headers }, response) => {
    const answer = (status: number, text = ''): unknown => response.writeHead(status).end(text);
    if (url === '/latest/api/token') {
      const ttl = Number(headers['x-aws-ec2-metadata-token-ttl-seconds']);
      return method === 'PUT' && ttl >= 1 && ttl <= 21_600 ? answer(200, TOKEN) : answer(400);
    }
    if (headers['x-aws-ec2-metadata-token'] !== TOKEN) return answer(401);
    return url === '/latest/meta-data/instance-id' ? answer(200, instance) : answer(404);
  });
}
