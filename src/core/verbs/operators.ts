import { givenNumbers, isGivenNumber } from "../given-number.ts";
import { aboutSetup } from "../log-entry.ts";
import {
  activeOwners,
  anyOperator,
  canonicalLogin,
  type Operator,
  type OperatorAccount,
  type OperatorRole,
  operators,
  operatorsNumbered,
  possessions,
  revokeTokens,
  tokensOf,
} from "../operator.ts";
import { organization } from "../organization.ts";
import { put, remove, type State } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";

interface CreateOperator {
  readonly login: string;
  readonly passwordHash: string;
  readonly role: OperatorRole;
  /** The number of an operator that comes from another server. When absent, a new number is used. */
  readonly id?: number;
  /** The command is refused if the organization has any operator, even a disabled one. */
  readonly isFirst?: boolean;
}

/** Creates an operator. */
export const createOperator = verb<CreateOperator, { readonly operator: Operator }>()({
  name: "create_operator",
  permission: "manage_operators",
  refusals: ["number_invalid", "login_taken", "operator_exists", "number_taken"],
  logs: ["operator_created"],

  needs: ({ login, id, isFirst = false }) => ({
    // The lock on the organization lets one process at a time create the first operator.
    lock: isFirst ? [organization.at("own")] : [],
    read: [
      operators.at(canonicalLogin(login)),
      operatorsNumbered.at(...givenNumbers(id)),
      ...(isFirst ? [anyOperator.at("all")] : []),
    ],
    fresh: [[operators, id === undefined ? 1 : 0]],
  }),

  decide(state, { passwordHash, role, id, isFirst = false, ...named }, { nowMs, fresh }) {
    const login = canonicalLogin(named.login);
    if (id !== undefined && !isGivenNumber(id)) return refuse("number_invalid");
    if (state.get(operators, login) !== undefined) return refuse("login_taken");
    if (isFirst && state.find(anyOperator, "all").length > 0) return refuse("operator_exists");
    if (id !== undefined && state.find(operatorsNumbered, id).length > 0) return refuse("number_taken");
    const created: OperatorAccount = { id: id ?? fresh(operators), login, role, passwordHash, disabledAtMs: null };
    return accept(
      { operator: bare(created) },
      [put(operators, created)],
      [aboutSetup("operator_created", { operator: login, role }, nowMs)],
    );
  },
});

interface ChangeOperator {
  readonly login: string;
  /** A new password ends all tokens. Absent members change nothing. */
  readonly passwordHash?: string;
  readonly role?: OperatorRole;
  /** A disabled operator loses all its tokens. */
  readonly isDisabled?: boolean;
}

/**
 * Changes the password or the role of an operator, disables it, or enables it again. The last active owner stays an
 * active owner. An operator to whom products or customers belong stays a reseller, since nobody else would see them.
 */
export const changeOperator = verb<ChangeOperator, { readonly operator: Operator }>()({
  name: "change_operator",
  permission: "manage_operators",
  refusals: ["operator_not_found", "last_owner", "possessions_left"],
  logs: ["operator_password_changed", "operator_role_changed", "operator_disabled", "operator_enabled"],

  needs: ({ login, role }) => ({
    lock: [operators.at(canonicalLogin(login)), activeOwners.at("all"), tokensOf.at(canonicalLogin(login))],
    read: role === undefined ? [] : [possessions.at(canonicalLogin(login))],
  }),

  decide(state, { passwordHash, role, isDisabled, ...named }, { nowMs }) {
    const login = canonicalLogin(named.login);
    const before = state.get(operators, login);
    if (before === undefined) return refuse("operator_not_found");
    const after: OperatorAccount = {
      ...before,
      ...(passwordHash === undefined ? {} : { passwordHash }),
      ...(role === undefined ? {} : { role }),
      ...(isDisabled === undefined ? {} : { disabledAtMs: isDisabled ? (before.disabledAtMs ?? nowMs) : null }),
    };
    if (isLastOwner(state, before) && !isActiveOwner(after)) return refuse("last_owner");
    if (role !== undefined && role !== "reseller" && ownsSomething(state, login)) return refuse("possessions_left");
    const wasDisabled = before.disabledAtMs !== null;
    const operator = { operator: login };
    const entries = [
      passwordHash !== undefined && aboutSetup("operator_password_changed", operator, nowMs),
      after.role !== before.role &&
        aboutSetup("operator_role_changed", { ...operator, from: before.role, to: after.role }, nowMs),
      isDisabled === true && !wasDisabled && aboutSetup("operator_disabled", operator, nowMs),
      isDisabled === false && wasDisabled && aboutSetup("operator_enabled", operator, nowMs),
    ].filter((entry) => entry !== false);
    const endsTokens = passwordHash !== undefined || isDisabled === true;
    return accept(
      { operator: bare(after) },
      [put(operators, after), ...(endsTokens ? revokeTokens(state, login) : [])],
      entries,
    );
  },
});

/** Removes an operator with its tokens and settings. Its log entries stay, under its number. */
export const removeOperator = verb<{ readonly login: string }, { readonly operator: Operator }>()({
  name: "remove_operator",
  permission: "manage_operators",
  refusals: ["operator_not_found", "last_owner", "possessions_left"],
  logs: ["operator_removed"],

  needs: ({ login }) => ({
    lock: [operators.at(canonicalLogin(login)), activeOwners.at("all")],
    read: [possessions.at(canonicalLogin(login))],
  }),

  decide(state, named, { nowMs }) {
    const login = canonicalLogin(named.login);
    const before = state.get(operators, login);
    if (before === undefined) return refuse("operator_not_found");
    if (isLastOwner(state, before)) return refuse("last_owner");
    if (ownsSomething(state, login)) return refuse("possessions_left");
    const detail = { operator: login, number: before.id, role: before.role };
    return accept(
      { operator: bare(before) },
      [remove(operators, login)],
      [aboutSetup("operator_removed", detail, nowMs)],
    );
  },
});

/** The operator without its password. */
function bare({ id, login, role }: OperatorAccount): Operator {
  return { id, login, role };
}

function isActiveOwner({ role, disabledAtMs }: OperatorAccount): boolean {
  return role === "owner" && disabledAtMs === null;
}

function isLastOwner(state: State, operator: OperatorAccount): boolean {
  return isActiveOwner(operator) && state.find(activeOwners, "all").length === 1;
}

function ownsSomething(state: State, login: string): boolean {
  return state.get(possessions, login)?.isEmpty === false;
}
