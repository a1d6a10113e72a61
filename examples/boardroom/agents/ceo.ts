import { defineAgent } from 'aos-studio';

/** Whom the CEO hears before a decision, and what about. */
const ADVISERS = {
  cfo: 'What does it cost, and can we afford it?',
  cto: 'Can we build and run it?',
  coo: 'Can we deliver it?',
};

interface DecisionRequested {
  topic: string;
}

export const agent = defineAgent({
  on: {
    async DecisionRequested(event: { id: string; data: DecisionRequested }, { ask, infer, publish, log }) {
      const topic = event.data?.topic;
      if (!topic) throw new Error('DecisionRequested needs data {"topic": "…"}');

      log.info('asking the board', { topic });
      const advice = await Promise.all(
        Object.entries(ADVISERS).map(async ([adviser, question]) => ({
          adviser,
          answer: await ask(adviser, `The board decides on: ${topic}. ${question}`),
        })),
      );
      const heard = advice.map(({ adviser, answer }) => `${adviser}: ${answer}`).join('\n');
      const decision = await infer(`The board decides on: ${topic}.\nYou have heard:\n${heard}\nWhat do you decide?`);

      await publish('DecisionMade', { request: event.id, topic, decision, advice });
      return { topic, decision };
    },
  },
});
