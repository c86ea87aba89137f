/** The permissions that verbs and queries ask for. */
export const permissions = [
  "manage_products",
  "manage_entitlements",
  "read_entitlements",
  "read_log",
  "redeem",
  "sell",
  /** To undo sales and top-ups, and to pay money back. */
  "refund",
  "manage_stock",
  "read_customers",
  "manage_customers",
  /** To change settings, also those of single operators. */
  "manage_settings",
  /** To make and change operators, and to end their tokens. */
  "manage_operators",
  /** To make and rename organizations, and to give them hosts and currencies. */
  "manage_organizations",
  /** To use one's own entitlements: bind them, register a device, request a delivery. */
  "use_entitlements",
  /** To build, finish and end deliveries. */
  "deliver_content",
  /** To get a token that stands for the password. */
  "create_tokens",
] as const;
export type Permission = (typeof permissions)[number];
