/**
 * Every value of `<result>` that the specification lists, with its words; no other file holds any. A `code` stands alone
 * in an answer. A `message` is answered with it, after a colon. Where the specification goes on in parentheses, that is
 * its author's remark about the cause and not part of the message.
 *
 * The specification gives 5 and 6 two meanings each; those of its "new API" are the ones here. It lists 12 and 13
 * without any meaning, so they are left out.
 */
export const results = {
  /** Never sent: the client shows an error, then goes on as if it had succeeded. */
  undetermined: { code: "0", words: "Undetermined error" },
  successful: { code: "1", words: "Successful" },
  maintenance: { code: "2", words: "Production server in maintenance mode" },
  wrongData: { code: "3", words: "Wrong data" },
  taskMissing: { code: "3a", words: "void taskId" },
  taskInvalid: { code: "3b", words: "invalid taskId" },
  taskUnknown: { code: "3c", words: "unknown taskId" },
  usernameMissing: { code: "3d", words: "void username" },
  usernameInvalid: { code: "3e", words: "invalid username" },
  passwordMissing: { code: "3f", words: "void password" },
  passwordInvalid: { code: "3g", words: "wrong password" },
  keyMissing: { code: "3h", words: "void key" },
  keyInvalid: { code: "3i", words: "invalid key" },
  systemNameMissing: { code: "3j", words: "void systemName" },
  systemNameInvalid: { code: "3k", words: "invalid systemName" },
  fingerprintNameMissing: { code: "3l", words: "void fpr name" },
  fingerprintExtensionInvalid: { code: "3m", words: "invalid fpr name extension" },
  fingerprintNameLengthInvalid: { code: "3n", words: "invalid fpr name length" },
  fingerprintSystemInvalid: { code: "3o", words: "invalid fpr name OS" },
  fingerprintVersionInvalid: { code: "3p", words: "invalid fpr name version (oc01 or oc03)" },
  fingerprintMissing: { code: "3q", words: "void xfpr content" },
  userUnknown: { code: "4", words: "User does not exist" },
  passwordWrong: { code: "5", words: "Wrong password" },
  keyWrong: { code: "6", words: "User does not exist or username/key do not match" },
  systemNameTaken: { code: "7", words: "System name already exist" },
  systemNameUnknown: { code: "8", words: "System name does not exist" },

  forbidden: { code: "9:300", message: "Forbidden." },
  fileArgumentsBad: { code: "9:403", message: "Bad file arguments." },
  /** What goes wrong on our side and has no code of its own is this one. */
  databaseError: { code: "9:503", message: "Internal Server Database Error." },
  pluginOld: { code: "9:603", message: "Old oeSENC plugin. Error Processing file." },
  macAddressMissing: { code: "9:604", message: "Error Processing file. There is a problem with your system." },
  /** The specification has nothing but a remark after the first sentence. */
  hardwareIdMissing: { code: "9:605", message: "Error Processing file." },
  dongleSerialMissing: { code: "9:607", message: "Error Processing file. There is a problem with your dongle." },
  fingerprintOfAnother: { code: "9:610", message: "This system already exists but fingerprint does not match." },
  fingerprintInvalid: { code: "9:611", message: "Error Processing file. Invalid fingerprint." },
  /** Ends in the name that the machine has already. */
  machineKnown: { code: "9:612", message: "There is already a system for this machine: " },
  fingerprintOld: { code: "9:613", message: "Fingerprint format too old. Please update the plugin" },
  systemNotFound: { code: "9:614", message: "System name not found" },
  notSupported: { code: "9:615", message: "Operation not supported" },

  shopDatabaseError: { code: "10", words: "Webshop database error" },
  systemNameDisabled: { code: "11", words: "Disabled system name" },
  /** The specification gives 14 the same title and form as 9, but lists no codes: this one and its words are ours. */
  editionMissing: { code: "14:615", message: "There is no edition of this chart yet." },
  shopDatabaseErrorToo: { code: "15", words: "Webshop database error" },
  chartExpired: { code: "16", words: "Expired chart" },
  slotTaken: { code: "17", words: "Chart already has a system assigned" },
  alreadyAssigned: { code: "18", words: "Chart already has that system assigned" },
  alreadyRequested: {
    code: "19",
    words: "This request is already being processed or available for downloading",
  },
  notAssigned: { code: "20", words: "This chart does not have this system assigned" },
  systemNameWrong: { code: "21", words: "Wrong System name" },
  productionSilent: { code: "25", words: "Production server does not respond" },
  orderUnknown: { code: "26", words: "This order does not exist for this customer" },
  versionOld: { code: "27", words: "Your plugin version is too old. Please update it" },
} as const satisfies Record<string, Result>;

type Result = { readonly code: string; readonly words: string } | { readonly code: string; readonly message: string };

export type ResultName = keyof typeof results;

/** The results that a request can fail with. */
export type FailureName = Exclude<ResultName, "successful" | "undetermined">;

/** A request that ends in one of the results other than success. */
export class Failure {
  readonly name: FailureName;
  /** What `<result>` holds. */
  readonly result: string;

  /** `detail` is what the message of `machineKnown` ends in: a system name. */
  constructor(
    ...[name, detail = ""]: readonly ["machineKnown", string] | readonly [Exclude<FailureName, "machineKnown">]
  ) {
    const entry: Result = results[name];
    this.name = name;
    this.result = "message" in entry ? `${entry.code}:${entry.message}${detail}` : entry.code;
  }
}
