import { prompts } from './prompts.ts';

/** What a pair tests. */
export type Kind =
  | 'numbers'
  | 'dates'
  | 'units'
  | 'identifiers'
  | 'negation'
  | 'antonyms'
  | 'entities'
  | 'roles'
  | 'question'
  | 'word order'
  | 'one word'
  | 'spelling'
  | 'wording'
  | 'paraphrase';

export interface Pair {
  kind: Kind;
  a: string;
  b: string;
  /** Whether the answer to the one is right for the other. */
  same: boolean;
}

/** Each rule is applied to every prompt that it changes; the pair is the prompt and what the rule made of it. */
interface Rule {
  kind: Kind;
  same: boolean;
  apply: (prompt: string) => string;
}

/** `"from → to"` as whole words: the rule as it stands is all there is to it. */
const replacing = (kind: Kind, same: boolean, replacements: readonly string[]): Rule[] =>
  replacements.map((replacement) => {
    const [from = '', to = ''] = replacement.split(' → ');
    const pattern = new RegExp(`(?<![\\w-])${from.replaceAll(/[.$?+]/g, '\\$&')}(?![\\w-])`);
    return { kind, same, apply: (prompt) => prompt.replace(pattern, to) };
  });

const otherQuestions: Rule[] = [
  ...replacing('numbers', false, [
    '12 → 21',
    '$5000 → $50000',
    '3 → 30',
    '20 → 200',
    '14 → 41',
    '30 → 13',
    '250 → 25',
    '40 → -40',
    'two → three',
    '10:30 → 11:30',
    'first → second',
    '12 → 1.2',
    '3 → 5',
    '250 → 2500',
    '30 → 60',
  ]),
  ...replacing('dates', false, [
    'Q2 → Q3',
    'March 2025 → March 2024',
    'March 2025 → May 2025',
    'last quarter → next quarter',
    '2024 → 2023',
    '2026 → 2027',
    'January → June',
    'Fridays → Mondays',
    'week 14 → week 15',
    'in May → in March',
    'today → yesterday',
    'yesterday → today',
    'weekly → monthly',
    'monthly → weekly',
    '2023 → 2022',
    'last quarter → last year',
    'Q2 → Q4',
    'last quarter → this quarter',
    'in January → in July',
  ]),
  ...replacing('units', false, [
    'percent → dollars',
    'GB → MB',
    'kg → pounds',
    'miles → kilometers',
    'celsius → fahrenheit',
    'dollars → pounds',
    '30 days → 30 weeks',
    'euros → yen',
    '20 GB → 20 TB',
    '$5000 → €5000',
  ]),
  ...replacing('identifiers', false, [
    'DB-17 → DB-71',
    'ana.silva@contoso.com → ana.silva@fabrikam.com',
    '4f9a2c → 4f9a2d',
    'INV-2044 → INV-2440',
    'AOS-311 → AOS-113',
    'ana.silva@contoso.com → ana.santos@contoso.com',
    'DB-17 → WEB-17',
    'INV-2044 → PO-2044',
  ]),
  ...replacing('negation', false, [
    'did we → did we not',
    'is → is not',
    'does → does not',
    'Should we → Should we not',
    'Can employees → Can employees not',
    'approved but not shipped → not approved but shipped',
    'are → are not',
    'was → was never',
    'Which customers → Which customers except those',
    'should → should not',
    "Does the → Doesn't the",
    'with the profit → without the profit',
    "Is the → Isn't the",
    'delivered → never delivered',
  ]),
  ...replacing('antonyms', false, [
    'increased → decreased',
    'highest → lowest',
    'grow → fall',
    'internal → external',
    'above → below',
    'largest → smallest',
    'start → end',
    'buy → sell',
    'before → after',
    'upload → download',
    'public → private',
    'enable → disable',
    'early → late',
    'maximum → minimum',
    'allow → forbid',
    'positive → negative',
    'profit → loss',
    'slow → fast',
    'advantages → disadvantages',
    'import → export',
    'rises → falls',
    'close → open',
    'best → worst',
    'legal → illegal',
    'night → day',
    'after → before',
    'new → old',
    'reduce → increase',
    'employer → employee',
    'approve → reject',
    'approves → rejects',
    'paid → unpaid',
    'open → close',
    'hire → fire',
    'suppliers → customers',
    'stop → start',
  ]),
  ...replacing('entities', false, [
    'Berlin → Munich',
    'Contoso → Fabrikam',
    'Acme → Apex',
    'Phoenix → Falcon',
    'Fabrikam → Contoso',
    'Northwind → Southwind',
    'Smith → Jones',
    'Tesla → Toyota',
    'Spain → Italy',
    'Canada → Mexico',
    'Hamburg → Bremen',
    'Lisbon → Porto',
    'Madrid → Bilbao',
    'France → Belgium',
    'SDK → CLI',
    'API → UI',
    'Tesla → TSLA',
    'Spain → Panama',
  ]),
  ...replacing('roles', false, [
    'sales team → support team',
    'CFO → CTO',
    'engineers → managers',
    'customers → partners',
    'board → team',
    'CEO → COO',
    'manager → assistant',
    'support team → sales team',
    'employees → contractors',
    'suppliers → resellers',
    'user → admin',
    'employer → customer',
    'marketing → recruiting',
  ]),
  ...replacing('question', false, [
    'When does → Why does',
    'How many → Which',
    'Why did → When did',
    'How long does it take → Why does it take so long',
    'Who is → Where is',
    'How often did → Why did',
    'How far → How near',
    'What are → Who set',
    'Who manages → When opens',
    'Why is → Since when is',
    'How do I enable → Why should I enable',
    'Which → How many',
    'How much did → Why did',
    'Should we → When should we',
    'Can → Why can',
    'Does → When does',
    'Explain how → Explain why',
    'What is → Where is',
  ]),
  ...replacing('word order', false, [
    'the profit of Tesla with the profit of Ford → the profit of Ford with the loss of Tesla',
    '250 dollars to euros → 250 euros to dollars',
    'from Canada → to Canada',
    'the CEO say to the employer → the employer say to the CEO',
    'the Hamburg warehouse from the port → the port warehouse from Hamburg',
    'to the complaint of Mr. Smith → of Mr. Smith to the complaint',
    'the manager about the weekly meeting → the weekly meeting about the manager',
    'the support team close → close the support team',
  ]),
  ...replacing('one word', false, [
    'goals → results',
    'discount → price',
    'revenue → headcount',
    'audit → sales',
    'risks → costs',
    'contract → dispute',
    'backup → update',
    'shares → products',
    'response time → error rate',
    'travel → medical',
    'login → payment',
    'weight → size',
    'remote → night',
    'complaint → offer',
    'invoices → orders',
    'campaign → department',
    'premium → basic',
    'deadline → amount',
    'taxed → allowed',
    'meeting → report',
    'office → factory',
    'tickets → accounts',
    'fixes → has',
    'store → bank',
    'our → their',
    'was → will be',
    'manages → managed',
    'plan → product',
    'page → form',
    'mobile → desktop',
    'order service → mail service',
    'purchase → work',
    'rate → price',
    'bucket → folder',
    'warehouse → office',
  ]),
];

const contraction = (prompt: string) => prompt.replace(/^(What|Who) is /, "$1's ");
const politely = (prompt: string) =>
  /^(Summarize|Explain|List|Draft|Compare|Convert|Remind)/.test(prompt)
    ? `Could you please ${prompt[0]?.toLowerCase()}${prompt.slice(1).replace(/\.$/, '')}?`
    : prompt;
const tellMe = (prompt: string) =>
  /^(What|How|Which|Why|Who|When)/.test(prompt)
    ? `Can you tell me: ${prompt[0]?.toLowerCase()}${prompt.slice(1)}`
    : prompt;

/** The same question, said otherwise. */
const sameQuestions: Rule[] = [
  { kind: 'spelling', same: true, apply: (prompt) => prompt.toLowerCase().replace(/[?.]$/, '') },
  { kind: 'spelling', same: true, apply: (prompt) => `  ${prompt.replaceAll(' ', '  ')} Thanks!` },
  { kind: 'wording', same: true, apply: contraction },
  { kind: 'wording', same: true, apply: politely },
  { kind: 'wording', same: true, apply: tellMe },
  ...replacing('wording', true, [
    'percent → %',
    'two-factor → two factor',
    '3 → three',
    'Summarize → Summarise',
    'kg → kilograms',
    'the average → average',
    'Fridays → Friday',
    'the highest → highest',
    'euros → EUR',
    '$5000 → $5,000',
    'a parcel → parcels',
  ]),
  ...replacing('paraphrase', true, [
    'goals → objectives',
    'hire → recruit',
    'buy → purchase',
    'increased → raised',
    'largest → biggest',
    'start → begin',
    'responsible for → in charge of',
    'slow → sluggish',
    'allow → permit',
    'advantages → benefits',
    'reduce → lower',
    'How do I → How can I',
    'deadline → due date',
    'employees → staff',
    'How often → How many times',
  ]),
];

/** Lower case alone makes other words of identifiers; those pairs would be mislabelled. */
const caseMatters = (prompt: string) => /[a-z]+-\d|@|\b[A-Z]{2,}-\d/.test(prompt);

export const pairsByRule: readonly Pair[] = [...otherQuestions, ...sameQuestions].flatMap(({ kind, same, apply }) =>
  prompts
    .map((a) => ({ kind, same, a, b: apply(a) }))
    .filter(({ a, b }) => a !== b && !(same && kind === 'spelling' && caseMatters(a))),
);
