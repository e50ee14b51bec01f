import type { HandlerCall, HandlerProblem, HandlerReply, HandlerSetup } from '../src/pool/handler-job.ts';
import { HandlerService } from '../src/pool/handler-service.ts';

/** Entry point of the threads of a `HandlerPool`: Piscina calls what is exported. */
const service = new HandlerService();

export function load(setup: HandlerSetup): Promise<HandlerProblem> {
  return service.load(setup);
}

export function deliver(call: HandlerCall): Promise<HandlerReply> {
  return service.deliver(call);
}

export function abort(call: number): void {
  service.abort(call);
}

export function close(): Promise<void> {
  return service.close();
}
