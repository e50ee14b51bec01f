#!/usr/bin/env node
import { hostname } from 'node:os';
import { systemClock } from '../base/clock.ts';
import { endOnCrash } from './crash.ts';
import { leave } from './leave.ts';
import { runCli } from './program.ts';
import { openSession } from './session.ts';

endOnCrash(process, () => systemClock.now());
const session = openSession(process, hostname());
await leave(process, await runCli(process.argv.slice(2), session), session.signal);
