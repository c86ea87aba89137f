/** The permissions that verbs and queries ask for. */
export const permissions = [
  /** To make and change products and gates, and to see their access keys. */
  "manage_products",
  /** To list products and what was issued of them. Access keys are not shown. */
  "read_products",
  "manage_entitlements",
  /** To look entitlements up. */
  "read_entitlements",
  /** To see who holds an entitlement. */
  "see_names",
  "read_log",
  "redeem",
  /** To take a use back. */
  "undo",
  /** To keep places or stock for a buyer. */
  "hold",
  /** To suspend entitlements and to reinstate them. */
  "suspend",
  /** To give entitlements to other holders. */
  "transfer",
  /** To give entitlements new codes. */
  "reissue",
  "sell",
  /** To undo sales and top-ups, and to pay money back. */
  "refund",
  "manage_stock",
  /** To list cards and their groups. */
  "read_stock",
  /** To see pins of cards and passwords of phones. */
  "see_secrets",
  "read_customers",
  "manage_customers",
  /** To see the organization, its settings without secrets, its operators and their tokens. */
  "read_settings",
  /** To change settings, also those of single operators. */
  "manage_settings",
  /** To make and change operators, and to end their tokens. */
  "manage_operators",
  /** To make and rename organizations, and to give them hosts and currencies. */
  "manage_organizations",
  /** To use one's own entitlements: bind them, register a device, request a delivery or an edition. */
  "use_entitlements",
  /** To build, finish and end deliveries, and to offer packages. */
  "deliver_content",
  /** To get a token that stands for the password. */
  "create_tokens",
] as const;
export type Permission = (typeof permissions)[number];
