import type { Accounts } from '../accounts.ts';
import type { Settings } from '../settings.ts';
import type { SandboxState } from '../state/state.ts';

/** An account's credits as people look at them. */
export interface CreditsShown {
  readonly clientId: string;
  readonly credits: number;
  /** What they were last set to, and are refilled to. */
  readonly setTo: number;
  /** How often they were refilled since they were last set. */
  readonly refills: number;
  /** Milliseconds since the epoch; null: never since they were last set. */
  readonly refilledAt: number | null;
}

/** What every account can spend. */
export interface Credits {
  /** A team's balance. */
  of(team: string): number;
  /**
   * Refills a team's balance to what it was last set to, if it has fallen under 100; says so in one
   * line of the log. A balance that was set to less than 100 is meant to run out and is left alone.
   */
  refillIfLow(team: string): void;
  /** Sets the balance of a client id; null when no account has it. */
  set(clientId: string, credits: number): CreditsShown | null;
  /** Every account, the sandbox's own first. */
  all(): readonly CreditsShown[];
}

export interface CreditParts {
  readonly state: SandboxState;
  readonly accounts: Accounts;
  readonly settings: Settings;
}

/** What an account begins with when nothing else was chosen. */
const AT_FIRST = 1_000;

/** Under this, a balance is refilled. */
const LOW = 100;

/**
 * The credits of all accounts. They begin with what the settings choose, or else with what the
 * state file says, or else with 1,000.
 */
export function createCredits({ state, accounts, settings }: CreditParts): Credits {
  const write = (team: string, credits: number): void => {
    state.write({ record: 'credits', team, credits });
  };

  function refillIfLow(team: string): void {
    const { balance, setTo } = state.creditsOf(team);
    if (balance >= LOW || setTo < LOW) return;
    const at = settings.clock.now();
    state.write({ record: 'credits', team, credits: setTo, refilledAt: at });
    const clientId = accounts.teams.find(({ id }) => id === team)?.clientId ?? team;
    settings.log(`The credits of ${clientId} fell to ${balance} and were refilled to ${setTo}.`);
  }

  function shown(team: { readonly id: string; readonly clientId: string }): CreditsShown {
    const { balance, ...rest } = state.creditsOf(team.id);
    return { clientId: team.clientId, credits: balance, ...rest };
  }

  for (const { id } of accounts.teams) {
    const begin = settings.credits ?? (state.hasCredits(id) ? null : AT_FIRST);
    if (begin !== null) write(id, begin);
    refillIfLow(id);
  }

  return {
    of: (team) => state.creditsOf(team).balance,
    refillIfLow,
    set(clientId, credits) {
      const team = accounts.teams.find((each) => each.clientId === clientId);
      if (!team) return null;
      write(team.id, credits);
      return shown(team);
    },
    all: () => accounts.teams.map(shown),
  };
}
