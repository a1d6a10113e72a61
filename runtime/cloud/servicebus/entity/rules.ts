import type { MessageContent } from './message.ts';

/** Decides whether a message of a topic belongs into a subscription. */
export interface Filter {
  matches(content: MessageContent): boolean;
}

export interface Rule {
  name: string;
  filter: Filter;
}

/** The rule that every new subscription has: everything matches. */
export const defaultRule: Rule = { name: '$Default', filter: { matches: () => true } };

/** The rules of one subscription; rule names differ without regard to case. */
export class RuleSet {
  readonly #rules = new Map<string, Rule>([[defaultRule.name.toLowerCase(), defaultRule]]);

  /** What the subscription gets of a message: nothing, or one copy if any rule matches. */
  evaluate(content: MessageContent): readonly MessageContent[] {
    for (const { filter } of this.#rules.values()) {
      if (filter.matches(content)) return [content];
    }
    return [];
  }
}
