#!/usr/bin/env node
import { hostname } from 'node:os';
import { runCli } from './program.ts';
import { openSession } from './session.ts';

// The process ends by itself once nothing is left to do: a command that leaves something open would show.
process.exitCode = await runCli(process.argv.slice(2), openSession(process, hostname()));
