#!/usr/bin/env node
// The entry. In plain JavaScript, because of what comes before the first TypeScript: with everything compiled in the
// cache, Node does not even load its TypeScript compiler, which saves 14 MB and a third of the time to start.
import { enableCompileCache } from 'node:module';
import path from 'node:path';

// The resolver blocks half of libuv's threads, four by default: a slow zone must not keep AWS's own names waiting.
process.env.UV_THREADPOOL_SIZE ??= '16';
// Where the folder cannot be written, nothing is kept and nothing breaks.
enableCompileCache(path.join(import.meta.dirname, '..', 'node_modules', '.cache', 'compiled'));
await import('../src/main.ts');
