/** The routes about machines. They are a part of the table in `routes.ts`. */
import {
  machineAnswerSchema,
  machineParamsSchema,
  machineQuerySchema,
  machinesAnswerSchema,
  machinesQuerySchema,
} from './machine-schemas.ts';
import { json, route, type RouteEntry } from './route.ts';
import { listMachines, readMachine } from './routes/machines.ts';

export const MACHINE_ROUTES: readonly RouteEntry[] = [
  route({
    method: 'GET',
    path: '/api/v1/machines',
    summary: 'The machines that are watched: whose they are, their state, what they cost, and what stops them when.',
    access: ['read'],
    query: machinesQuerySchema,
    answers: { 200: json('A page of machines.', machinesAnswerSchema) },
    handle: listMachines,
  }),
  route({
    method: 'GET',
    path: '/api/v1/machines/{id}',
    summary: 'One machine with its states, its operations, and what a stop of it would meet now.',
    access: ['read'],
    params: machineParamsSchema,
    query: machineQuerySchema,
    answers: {
      200: json('The machine.', machineAnswerSchema),
      404: 'There is no such machine in the list.',
      409: 'Several machines have this name.',
    },
    handle: readMachine,
  }),
];
