import { expect, it } from 'vitest';
import { toCsv, toJson, toMarkdown } from '../../../../../extension/panels/capacity/capacity-export.ts';
import { configChange } from '../../../../../extension/panels/capacity/config-edit.ts';
import { advise } from '../../../../../runtime/capacity/advisor/advise.ts';
import { noPrices, plan } from '../../../capacity/support.ts';

const made = plan({ shards: 32 }, noPrices);
const checks = advise({ plan: made, prices: noPrices, now: '2026-11-24T12:00:00Z' });
const exported = { name: 'a "plan", mine', plan: made, checks };

it('JSON holds the whole plan', () => {
  expect(JSON.parse(toJson(exported))).toMatchObject({ name: exported.name, guide: { instances: 10 }, checks });
});

it('CSV has a row for each input and need, quoted where it must be, and names unknown prices', () => {
  const rows = toCsv(exported).split('\r\n');
  expect(rows[0]).toBe('part,name,value,unit,source,usd_per_month,unknown_prices');
  expect(rows).toContain('input,Shards,32,,yours,,');
  expect(rows).toContain('need,GPU,2,"A100, LoRAX, 50 adapters",,6000,');
  expect(rows.at(-2)).toMatch(/^total,Known prices,,,,6000,.*\bbus_premium_unit_hour\b/);
  expect(rows.slice(0, -1)).toHaveLength(2 + made.inputs.length + made.needs.length);
});

it('Markdown has the guide’s numbers beside the plan, and never a zero for what is unknown', () => {
  const text = toMarkdown(exported);
  expect(text).toContain('| Required instances | 10.0 | 30 |');
  expect(text).toContain('| Required storage | 1235.96 GB | 1235.96 GB |');
  expect(text).toContain('**$6,000 a month** plus 8 unknown prices');
  expect(text).toContain('| Tokens per GPU | unknown |');
  expect(text).toContain('→ Set to 1 Unit');
});

it('a fix of aos.json keeps layout and comments, and knows what was there', () => {
  const text = '{\n\t// ours\n\t"runtime": { "shards": 10 }\n}\n';
  const apply = (path: (string | number)[], value: unknown) => {
    const { changes, before } = configChange(text, path, value);
    const changed = changes.reduceRight(
      (whole, { offset, length, content }) => whole.slice(0, offset) + content + whole.slice(offset + length),
      text,
    );
    return { changed, before };
  };
  expect(apply(['runtime', 'shards'], 32)).toEqual({ changed: text.replace('10', '32'), before: 10 });
  const added = apply(['model', 'max_adapters'], 2);
  expect(added.before).toBeUndefined();
  expect(added.changed).toContain('// ours');
  expect(added.changed).toContain('\t"model"');
});
