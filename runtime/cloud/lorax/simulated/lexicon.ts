type Words = readonly [string, ...string[]];

/** Sentences with slots; a slot with a capital starts with one. */
export const openings: Words = [
  'On {topic}, my first look says {metric} will {trend} by {period}.',
  'Regarding {topic}, I would {action} and keep {metric} in view.',
  '{Topic} touches {metric} most, so that is where I would start.',
  'The question of {topic} comes down to {metric} and how soon we {action}.',
];

export const sentences: Words = [
  '{Team} can {action} within {weeks} weeks if {condition}.',
  'The main risk is {risk}; we reduce it when we {action}.',
  'If {condition}, {metric} should {trend} by about {percent} percent.',
  'Before {period} I want {team} to {action}.',
  'We have seen {risk} before, and it cost us {percent} percent of {metric}.',
  'For {topic}, {team} and I agree that we should {action}.',
  'A small trial of {weeks} weeks would tell us whether {metric} holds.',
  'Nothing here is urgent unless {risk} shows up in {period}.',
];

export const closings: Words = [
  'My recommendation is to {action} and to review {metric} at the end of {period}.',
  'Let us decide on {topic} once {condition}.',
  'I will report on {metric} again in {weeks} weeks.',
  'Until then I would not change anything else about {topic}.',
];

export const slots: Record<string, Words> = {
  team: ['the operations team', 'finance', 'the product group', 'sales', 'our partners', 'the platform team'],
  action: [
    'agree on one owner',
    'cut the scope in half',
    'renegotiate the contract',
    'publish a clear timeline',
    'fund a pilot',
    'freeze new commitments',
    'talk to our ten largest customers',
    'move two people onto it',
  ],
  condition: [
    'the budget is confirmed',
    'demand stays where it is',
    'the supplier keeps its dates',
    'we hire the second lead',
    'legal signs off',
    'the pilot meets its target',
  ],
  risk: ['a late delivery', 'rising cost', 'unclear ownership', 'a slow market', 'customer churn', 'a missed audit'],
  trend: ['improve', 'hold steady', 'slip a little', 'recover', 'grow faster than planned'],
  period: ['the first quarter', 'the second quarter', 'midyear', 'the third quarter', 'year end'],
};

export const generalMetrics: Words = ['customer satisfaction', 'margin', 'delivery time', 'the pipeline', 'cost'];

/** What each role watches: an adapter whose name has the role's word in it speaks of these. */
export const metricsOfRoles: Record<string, Words> = {
  ceo: ['growth', 'market share', 'the share price', 'employee trust', 'the strategy score card'],
  cfo: ['cash flow', 'gross margin', 'the runway', 'operating cost', 'days of receivables'],
  cto: ['system availability', 'release frequency', 'cloud spend', 'technical debt', 'response time'],
  cmo: ['brand awareness', 'conversion', 'campaign return', 'lead quality', 'retention'],
  coo: ['throughput', 'delivery time', 'stock level', 'defect rate', 'plant capacity'],
  chro: ['attrition', 'time to hire', 'engagement', 'training hours', 'open positions'],
  legal: ['contract risk', 'open claims', 'compliance gaps', 'review time', 'liability'],
  sales: ['the pipeline', 'the win rate', 'average deal size', 'the sales cycle', 'renewals'],
  support: ['first response time', 'backlog', 'resolution rate', 'customer satisfaction', 'reopened tickets'],
};

/** Too common to be what a prompt is about. */
export const commonWords: ReadonlySet<string> = new Set(
  (
    'about above after again agent agents answer asked based because been before being below between both briefly ' +
    'could does doing down during each every find from give gives have having here into just keep like made make many ' +
    'more most much must need needs only other over please question same should since some such system take tell than ' +
    'that their them then there these they this those through today under until user very want well were what when ' +
    'where which while will with within without would write your yours assistant following event data type purpose ' +
    'describe explain'
  ).split(' '),
);
