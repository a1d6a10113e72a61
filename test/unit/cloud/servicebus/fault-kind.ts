import { BusFault } from '../../../../runtime/cloud/servicebus/entity/fault.ts';

/** The kind of BusFault that `action` throws; what else it throws, or that it throws nothing. */
export function faultKind(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error instanceof BusFault ? error.kind : error;
  }
  return 'nothing thrown';
}
