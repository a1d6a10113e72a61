import type { TestPlan, TestPlanItem } from '../contracts/load-test.ts';
import { COUNTER } from './test-plan.ts';

/** The plan as a Locust file (2.x): a user class for each item, as many users as it has threads, without a pause. */
export function toLocust(plan: TestPlan): string {
  const users = plan.items.reduce((sum, { threads }) => sum + threads, 0);
  const seconds = Math.max(...plan.items.map(({ duration }) => Math.ceil(duration)));
  return `# ${plan.name.replace(/\s+/g, ' ')}
# locust --headless --users ${users} --spawn-rate ${users} --run-time ${seconds}s
import itertools
import time

from locust import HttpUser, constant, task
from locust.exception import StopUser


class PlannedUser(HttpUser):
    abstract = True
    wait_time = constant(0)
    duration_s = 0.0

    def on_start(self):
        self.end = time.monotonic() + self.duration_s

    def request_once(self, name, method, path, body, counter):
        if time.monotonic() >= self.end:
            raise StopUser()
        if body is not None:
            body = body.replace(${quoted(COUNTER)}, str(next(counter))).encode("utf-8")
        self.client.request(method, path, name=name, data=body, headers={"content-type": "application/json"})

${plan.items.map(userClass).join('\n')}`;
}

function userClass({ name, endpoint, method, body, threads, duration }: TestPlanItem, index: number): string {
  const { origin, pathname, search } = new URL(endpoint);
  const text = body === undefined ? 'None' : quoted(body);
  return `
class User${index + 1}(PlannedUser):
    host = ${quoted(origin)}
    fixed_count = ${threads}
    duration_s = ${duration}
    counter = itertools.count(1)

    @task
    def run(self):
        self.request_once(${quoted(name)}, ${quoted(method)}, ${quoted(pathname + search)}, ${text}, User${index + 1}.counter)
`;
}

/** A string literal of JSON is one of Python, too. */
const quoted = (text: string) => JSON.stringify(text);
