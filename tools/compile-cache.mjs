// Every test file is a process, and most of them load the application. What Node has compiled for one is there for the
// next, and for the servers that tests start (see bin/ec2-operator.mjs). In plain JavaScript, because a cache that is
// switched on by TypeScript comes after the compiler for it.
import { enableCompileCache } from 'node:module';
import path from 'node:path';

enableCompileCache(path.join(import.meta.dirname, '..', 'node_modules', '.cache', 'compiled'));
