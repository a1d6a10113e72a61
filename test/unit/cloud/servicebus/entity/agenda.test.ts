import { describe, expect, it } from 'vitest';
import { Agenda } from '../../../../../runtime/cloud/servicebus/entity/agenda.ts';
import { ManualClock } from '../../../../../runtime/core/clock.ts';

describe('Agenda', () => {
  it('runs what is due in order of time, also what was added later for an earlier time', async () => {
    const clock = new ManualClock(0);
    const agenda = new Agenda(clock);
    const ran: number[] = [];
    for (const dueMs of [50, 10, 40, 20, 30]) agenda.at(dueMs, () => ran.push(dueMs));
    await clock.advance(30);
    expect(ran).toEqual([10, 20, 30]);
    await clock.advance(100);
    expect(ran).toEqual([10, 20, 30, 40, 50]);
  });

  it('does not run what was cancelled, whether it is first or not', async () => {
    const clock = new ManualClock(0);
    const agenda = new Agenda(clock);
    const ran: string[] = [];
    const first = agenda.at(10, () => ran.push('first'));
    agenda.at(20, () => ran.push('second'));
    const third = agenda.at(30, () => ran.push('third'));
    agenda.cancel(first);
    agenda.cancel(third);
    agenda.cancel(third);
    await clock.advance(100);
    expect(ran).toEqual(['second']);
  });

  it('keeps its order through thousands of appointments, most of them cancelled', async () => {
    const clock = new ManualClock(0);
    const agenda = new Agenda(clock);
    const ran: number[] = [];
    const appointments = Array.from({ length: 10_000 }, (_, i) => {
      const dueMs = (i * 7919) % 10_007;
      return { dueMs, appointment: agenda.at(dueMs, () => ran.push(dueMs)) };
    });
    const kept = appointments.filter((_, i) => i % 10 === 0).map(({ dueMs }) => dueMs);
    for (const [i, { appointment }] of appointments.entries()) if (i % 10 !== 0) agenda.cancel(appointment);
    await clock.advance(20_000);
    expect(ran).toEqual(kept.sort((a, b) => a - b));
  });

  it('runs what an appointment adds, and nothing after disposal', async () => {
    const clock = new ManualClock(0);
    const agenda = new Agenda(clock);
    const ran: string[] = [];
    agenda.at(10, () => {
      ran.push('outer');
      agenda.at(15, () => ran.push('inner'));
      agenda.at(5, () => ran.push('overdue'));
    });
    await clock.advance(20);
    expect(ran).toEqual(['outer', 'overdue', 'inner']);
    agenda.at(30, () => ran.push('never'));
    agenda.dispose();
    agenda.at(31, () => ran.push('never'));
    await clock.advance(100);
    expect(ran).toHaveLength(3);
  });
});
