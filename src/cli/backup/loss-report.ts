import type { RestoreLoss } from '../../store/sql/backup/restore-loss.ts';
import type { BuyingKey } from '../../store/sql/backup/restore-timeline.ts';

/** Whether nothing would buy again, as far as anybody can tell. */
export function isHarmless({ buyAgain }: RestoreLoss): boolean {
  return buyAgain !== null && buyAgain.length === 0;
}

/** What an operator is told before a restore, or in its place. */
export function lossReport({ asOf, buyAgain, openAgain }: RestoreLoss): string {
  const parts = [
    asOf === 0 ? 'The backup is empty.' : `The backup knows of nothing after ${instant(asOf)}.`,
    buyAgain === null ? NOBODY_CAN_TELL : listed(WOULD_BUY_AGAIN, buyAgain),
    listed(OPEN_AGAIN, openAgain),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

const NOBODY_CAN_TELL = `There is no present database that can be read, so nobody can tell which keys were used since: each of them would buy again.`;

const WOULD_BUY_AGAIN = 'Have bought since, or may have, and would buy again:';

const OPEN_AGAIN =
  'Have bought, and are of unknown outcome again; npm run purchases -- settle <key> <AKOOL id> ends each:';

function listed(heading: string, keys: readonly BuyingKey[]): string {
  if (keys.length === 0) return '';
  return [heading, ...keys.map((each) => `  ${lineOf(each)}`)].join('\n');
}

function lineOf({ team, mutation, key, jobId, since }: BuyingKey): string {
  const outcome = jobId === null ? 'outcome unknown' : `bought ${jobId}`;
  return `${team}  ${mutation}  ${key}  ${outcome}  ${instant(since)}`;
}

function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
