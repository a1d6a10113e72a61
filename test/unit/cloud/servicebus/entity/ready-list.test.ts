import { describe, expect, it } from 'vitest';
import { Message } from '../../../../../runtime/cloud/servicebus/entity/message.ts';
import { ReadyList } from '../../../../../runtime/cloud/servicebus/entity/ready-list.ts';
import { content } from '../fixtures.ts';

const message = (n: number) => new Message(content(), n, n, 0);
const drain = (list: ReadyList) => {
  const numbers: number[] = [];
  for (let next = list.take(); next; next = list.take()) numbers.push(next.sequenceNumber);
  return numbers;
};

describe('ReadyList', () => {
  it('gives messages in order of their numbers, wherever they were put back', () => {
    const list = new ReadyList();
    const all = Array.from({ length: 10 }, (_, i) => message(i + 1));
    for (const one of all) list.add(one);
    const taken = [list.take()!, list.take()!, list.take()!, list.take()!];
    list.add(taken[2]!);
    list.add(taken[0]!);
    list.add(taken[3]!);
    expect(list.length).toBe(9);
    expect(drain(list)).toEqual([1, 3, 4, 5, 6, 7, 8, 9, 10]);
    list.add(message(2));
    expect(drain(list)).toEqual([2]);
  });

  it('removes from the head, the middle and the end', () => {
    const list = new ReadyList();
    const all = Array.from({ length: 6 }, (_, i) => message(i + 1));
    for (const one of all) list.add(one);
    list.remove(all[0]!);
    list.remove(all[3]!);
    list.remove(all[5]!);
    list.remove(message(3));
    expect(list.length).toBe(3);
    expect(drain(list)).toEqual([2, 3, 5]);
  });

  it('behaves like a sorted list under any mix of operations', () => {
    const list = new ReadyList();
    const model: number[] = [];
    const out: Message[] = [];
    let seed = 42;
    const random = (n: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % n;
    };
    let next = 0;
    for (let step = 0; step < 5000; step++) {
      const action = random(10);
      if (action < 5) {
        list.add(message(++next));
        model.push(next);
      } else if (action < 8) {
        const taken = list.take();
        expect(taken?.sequenceNumber).toBe(model.shift());
        if (taken) out.push(taken);
      } else if (out.length > 0) {
        const [back] = out.splice(random(out.length), 1);
        list.add(back!);
        model.push(back!.sequenceNumber);
        model.sort((a, b) => a - b);
      }
      expect(list.length).toBe(model.length);
    }
    expect(drain(list)).toEqual(model);
  });
});
