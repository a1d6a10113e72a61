/** Wants figures of a job and says who measures, as soon as that has begun: the test kills it then. */
import { fork } from 'node:child_process';

const measuring = fork(process.env.AOS_TEST_MAIN!, ['benchmark']);
measuring.send({ type: 'start', job: JSON.parse(process.env.AOS_TEST_JOB!) });
measuring.once('message', () => process.send?.(measuring.pid!));
