import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Refusal } from './behaviour.ts';
import type { SandboxAccount } from './settings.ts';

/** An account with what AKOOL shows of it. */
export interface Team extends SandboxAccount {
  /** 24 hex digits, shown as `team_id`; follows from the API key. */
  readonly id: string;
  /** Shown as `uid`. */
  readonly uid: number;
}

/** Who may call. */
export interface Accounts {
  /** In the order of the settings; the first one is the sandbox's own. */
  readonly teams: readonly Team[];
  /**
   * Whose request this is, or the refusal to answer with. Authorization wins over x-api-key, even
   * when it is wrong.
   */
  signIn(headers: IncomingHttpHeaders): Team | Refusal;
  /**
   * A bearer token for a client id and secret; null when they belong to nobody. It holds across
   * restarts.
   */
  issueToken(clientId: string, clientSecret: string): string | null;
  /** Makes every token issued so far worthless. */
  revokeTokens(): void;
}

const INVALID: Refusal = { code: 1101, msg: 'Authorization is invalid or expired' };
const EMPTY: Refusal = { code: 1102, msg: 'Authorization cannot be empty' };

function teamOf(account: SandboxAccount): Team {
  const digest = createHash('sha256').update(account.apiKey).digest('hex');
  return { ...account, id: digest.slice(0, 24), uid: Number.parseInt(digest.slice(24, 29), 16) };
}

/** Nothing is stored: keys are compared with `accounts`, and tokens follow from the keys. */
export function createAccounts(accounts: readonly SandboxAccount[]): Accounts {
  const teams = accounts.map(teamOf);
  let generation = 1;
  // A token says nothing but whose it is, so none has to be remembered.
  const tokenOf = (team: Team): string =>
    `sandbox-${createHmac('sha256', team.apiKey).update(`${team.clientId} ${generation}`).digest('hex')}`;
  return {
    teams,
    signIn({ authorization, 'x-api-key': apiKey }) {
      if (authorization !== undefined && authorization !== '') {
        return teams.find((team) => authorization === `Bearer ${tokenOf(team)}`) ?? INVALID;
      }
      if (apiKey === undefined || apiKey === '') return EMPTY;
      return teams.find((team) => apiKey === team.apiKey) ?? INVALID;
    },
    issueToken(clientId, clientSecret) {
      const team = teams.find((each) => each.clientId === clientId && each.apiKey === clientSecret);
      return team ? tokenOf(team) : null;
    },
    revokeTokens() {
      generation += 1;
    },
  };
}
