/** An answer: status, headers and text. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** The number of the sample data's product of licences: the first above those that the sample data gives. */
export const demoProductId = 8;

export const actions = {
  query: "/shop/api/ezpert/QueryLicenses.action",
  create: "/shop/api/ezpert/CreateLicense.action",
  revoke: "/shop/api/ezpert/RevokeLicense.action",
  token: "/Main/Token.action",
} as const;

interface Question {
  readonly method?: string;
  readonly path?: string;
  /** `user:password`; nothing is sent for `null`. */
  readonly login?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a form as curl would, with the sample data's user unless the question says otherwise. */
export function ezpertClient(url: string) {
  return async (
    action: keyof typeof actions,
    fields: Readonly<Record<string, string>> | string | Uint8Array<ArrayBuffer>,
    { method = "POST", path = actions[action], login = "username:password", headers = {} }: Question = {},
  ): Promise<Answer> => {
    const body = typeof fields === "string" || fields instanceof Uint8Array ? fields : `${new URLSearchParams(fields)}`;
    const response = await fetch(url + path, {
      method,
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        ...(login === null ? {} : { authorization: basic(login) }),
        ...headers,
      },
      ...(method === "GET" ? {} : { body }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
}

export function basic(login: string): string {
  return `Basic ${Buffer.from(login, "utf8").toString("base64")}`;
}

/** An error as the documents print it. */
export function errorText(message: string, type?: string): string {
  const typeLine = type === undefined ? "" : `        "type": ${JSON.stringify(type)},\n`;
  return `{\n    "error": {\n${typeLine}        "message": ${JSON.stringify(message)}\n    }\n}\n`;
}

export const badCredentials = "org.springframework.security.BadCredentialsException";
export const loginFailed =
  "Login failed - username or password incorrect; nested exception is java.lang.RuntimeException: Login failed - username or password incorrect";

interface JsonLicense {
  readonly client_id: string;
  readonly license_key: string;
  readonly mac_address: string | null;
  readonly product_code: string;
  readonly status: string;
  readonly reg_date?: string;
}

/** The licences of a JSON answer, whatever its root. */
export function licensesIn(text: string): readonly JsonLicense[] {
  const [content] = Object.values(JSON.parse(text) as Record<string, { data: readonly JsonLicense[] }>);
  if (content?.data === undefined) throw new Error(`this is no list of licences: ${text}`);
  return content.data;
}
