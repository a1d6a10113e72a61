/** English words that the cache knows by name. Ours, written by hand; a word that is missing costs a hit, never a wrong one. */
const words = (text: string) => text.trim().split(/\s+/);

/** Names each word by the first of its line. */
function named(lines: string): ReadonlyMap<string, string> {
  return new Map(
    lines
      .trim()
      .split('\n')
      .flatMap((line) => words(line).map((word) => [word, words(line)[0] as string] as const)),
  );
}

export const articles: ReadonlySet<string> = new Set(['a', 'an', 'the']);

export const questionWords: ReadonlySet<string> = new Set(words('what which who whom whose when where why how'));

/** "How many" and "how long" are different questions. */
export const degreeWords: ReadonlySet<string> = new Set(
  words('many much long often far old big large high fast soon late well good bad likely'),
);

/** Forms of a verb that mean the same for another subject. */
export const auxiliaries = named(`
be is are am
was were
do does
have has
did
had
will
would
can
could
shall
should
may
might
must
`);

export const functionWords: ReadonlySet<string> = new Set([
  ...articles,
  ...questionWords,
  ...auxiliaries.keys(),
  ...words(`
    i me my mine we us our ours you your yours he him his she her hers it its they them their theirs this that these those
    there here one some any each every all both about above across after against along among around as at before behind
    below beneath beside between beyond by despite during for from in inside into like near of off on onto out outside over
    per since through throughout till to toward towards under until up upon via with within and or but so if then than
    because while although though whether been being not no also too very just only own same such please`),
]);

/** Verbs with which a request begins. */
export const requestVerbs: ReadonlySet<string> = new Set(
  words(`
    summarize summarise list show give explain describe compare write draft create make tell find get provide suggest
    recommend analyze analyse calculate compute translate convert rewrite outline define identify review evaluate estimate
    generate propose plan prepare send update add remove delete check help name rank sort classify extract fix improve
    discuss present report forecast predict design build run start stop schedule cancel book approve reject open close
    increase decrease raise lower reduce include exclude enable disable allow deny set`),
);

/** Frequent words of other languages that use Latin letters, none of them English. */
export const foreignWords: ReadonlySet<string> = new Set(
  words(`
    der das ist sind nicht und wir unsere unser ich wie warum wann welche welcher ein eine einen dem den des für mit auf von
    zu haben wird werden le la les est sont une nous notre nos pour avec quel quelle quels quelles pourquoi quand où dans et
    ne pas el los las es son nuestro nuestra nuestros qué cuál cuáles por para con cómo cuándo dónde y della di il gli che
    sono nostro nostra nostri perché quando quali qual os são nosso nossa nossos não porque uma como het een van wij onze
    niet wat waarom wanneer welke zijn och är vår våra inte hur varför jest są nie nasze jak dlaczego co w z na ve bir ne`),
);

export const negations: ReadonlySet<string> = new Set(
  words(`
    not no never none neither nor nobody nothing nowhere without except excluding exclude besides unless cannot lack lacks
    lacking fail fails failed hardly barely scarcely avoid avoids avoiding avoided minus instead rather`),
);

/** Times that are named by a word. */
export const dateWords = named(`
january jan
february feb
april apr
june jun
july jul
august aug
september sep sept
october oct
november nov
december dec
monday mon mondays
tuesday tue tues tuesdays
wednesday wed wednesdays
thursday thu thurs thursdays
friday fri fridays
saturday saturdays
sunday sundays
today
yesterday
tomorrow
tonight
now
currently
recently
daily
weekly
biweekly
monthly
quarterly
yearly annual annually
morning mornings
noon midday
afternoon afternoons
evening evenings
midnight
weekend weekends
spring
summer
autumn
winter
`);

/** Months that are also other words: a month only with a capital inside a sentence. */
export const capitalisedDates: ReadonlySet<string> = new Set(['march', 'may', 'sat', 'sun', 'mar']);

export const relativeWords: ReadonlySet<string> = new Set(
  words('last next this previous past current coming following prior upcoming'),
);
export const periods: ReadonlySet<string> = new Set(
  words('second minute hour day week weekend fortnight month quarter half year decade century season sprint'),
);

export const numberWords: ReadonlyMap<string, string> = new Map([
  ...words(
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty',
  ).map((word, i) => [word, String(i)] as const),
  ...words('thirty forty fifty sixty seventy eighty ninety').map((word, i) => [word, String(30 + 10 * i)] as const),
  ...words('first second third fourth fifth sixth seventh eighth ninth tenth').map(
    (word, i) => [word, `${i + 1}.`] as const,
  ),
  ...words('hundred thousand million billion trillion dozen half twice thrice double triple single').map(
    (word) => [word, word] as const,
  ),
]);

/** Units wherever they stand. */
export const units = named(`
$ usd dollar dollars
€ eur euro euros
£ gbp pound pounds
¥ jpy yen
chf franc francs
inr rupee rupees
% percent pct
bps
mile miles
kilometer kilometers kilometre kilometres km kms
meter meters metre metres
centimeter centimeters centimetre centimetres cm
millimeter millimeters millimetre millimetres mm
inch inches
foot feet ft
yard yards
kilogram kilograms kg kgs kilo kilos
gram grams
milligram milligrams mg
ton tons tonne tonnes
ounce ounces oz
lb lbs
liter liters litre litres
milliliter milliliters ml
gallon gallons
celsius °c
fahrenheit °f
kelvin
watt watts
kilowatt kilowatts kw
megawatt megawatts
kwh
mwh
byte bytes
bit bits
kilobyte kilobytes
megabyte megabytes
gigabyte gigabytes
terabyte terabytes
millisecond milliseconds ms
second seconds sec secs
minute minutes min mins
hour hours hr hrs
day days
week weeks
month months
quarter quarters
year years
decade decades
mph
kmh
acre acres
hectare hectares
`);

/** Units whose case counts: Mb are bits, MB bytes, mW a billionth of MW. */
export const casedUnit = /^(?:[kmgtp]i?b(?:ps|\/s)?|mw|mv)$/i;
