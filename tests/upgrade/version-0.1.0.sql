-- A database of version 0.1.0 without the tables of the job queue, which its own migration makes.
--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: access_key; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.access_key (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    key_hash bytea NOT NULL,
    key_sealed bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: access_key_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.access_key_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: access_key_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.access_key_id_seq OWNED BY public.access_key.id;


--
-- Name: action; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.action (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    product_id bigint NOT NULL,
    entitlement_id bigint,
    code text,
    occurred_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    refusal text,
    access_key_id bigint,
    operator_id bigint,
    address text,
    device_id bigint
);


--
-- Name: action_counter; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.action_counter (
    organization_id bigint NOT NULL,
    next_id bigint DEFAULT 0 NOT NULL
)
WITH (fillfactor='10');


--
-- Name: api_token; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.api_token (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    operator_id bigint NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone
);


--
-- Name: api_token_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.api_token_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: api_token_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.api_token_id_seq OWNED BY public.api_token.id;


--
-- Name: binding; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.binding (
    organization_id bigint NOT NULL,
    entitlement_id bigint NOT NULL,
    slot integer NOT NULL,
    device_id bigint NOT NULL,
    bound_at timestamp with time zone NOT NULL,
    CONSTRAINT binding_slot_check CHECK ((slot >= 0))
);


--
-- Name: conflict; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.conflict (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    product_id bigint NOT NULL,
    entitlement_id bigint NOT NULL,
    kept_at timestamp with time zone NOT NULL,
    kept_by_access_key_id bigint,
    kept_by_operator_id bigint,
    kept_from text,
    lost_at timestamp with time zone NOT NULL,
    lost_by_access_key_id bigint,
    lost_by_operator_id bigint,
    lost_from text,
    recorded_at timestamp with time zone NOT NULL
);


--
-- Name: conflict_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.conflict_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: conflict_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.conflict_id_seq OWNED BY public.conflict.id;


--
-- Name: currency; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.currency (
    organization_id bigint NOT NULL,
    code text NOT NULL,
    rate numeric(20,9) NOT NULL,
    is_default boolean DEFAULT false NOT NULL,
    CONSTRAINT currency_code_check CHECK ((code ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT currency_rate_check CHECK ((rate > (0)::numeric))
);


--
-- Name: customer; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.customer (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL,
    identity text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    owner_operator_id bigint,
    primary_device_id bigint,
    display_name text DEFAULT ''::text NOT NULL,
    password_hash text
);


--
-- Name: customer_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.customer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: customer_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.customer_id_seq OWNED BY public.customer.id;


--
-- Name: delivery; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.delivery (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    entitlement_id bigint NOT NULL,
    device_id bigint NOT NULL,
    edition_id bigint NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    file_name text,
    file_bytes bigint,
    file_sha1 text,
    file_sha256 text,
    ready_at timestamp with time zone,
    expires_at timestamp with time zone,
    ended_at timestamp with time zone,
    removed_at timestamp with time zone
);


--
-- Name: delivery_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.delivery_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: delivery_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.delivery_id_seq OWNED BY public.delivery.id;


--
-- Name: device; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.device (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    customer_id bigint,
    kind text NOT NULL,
    name text NOT NULL,
    registered_at timestamp with time zone NOT NULL,
    fingerprint_hash bytea,
    disabled_at timestamp with time zone,
    CONSTRAINT device_kind_check CHECK ((kind = ANY (ARRAY['machine'::text, 'phone'::text, 'system'::text])))
);


--
-- Name: device_group; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.device_group (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    name text NOT NULL,
    is_primary boolean DEFAULT false NOT NULL
);


--
-- Name: device_group_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.device_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: device_group_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.device_group_id_seq OWNED BY public.device_group.id;


--
-- Name: device_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.device_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: device_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.device_id_seq OWNED BY public.device.id;


--
-- Name: edition; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.edition (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    product_id bigint NOT NULL,
    name text NOT NULL,
    published_at timestamp with time zone NOT NULL,
    added_at timestamp with time zone NOT NULL,
    content_key text NOT NULL,
    content_files integer NOT NULL,
    content_bytes bigint NOT NULL,
    content_sha256 text NOT NULL,
    CONSTRAINT edition_content_bytes_check CHECK ((content_bytes >= 0)),
    CONSTRAINT edition_content_files_check CHECK ((content_files > 0))
);


--
-- Name: edition_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.edition_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: edition_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.edition_id_seq OWNED BY public.edition.id;


--
-- Name: entitlement; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.entitlement (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    product_id bigint NOT NULL,
    code text NOT NULL,
    code_number numeric GENERATED ALWAYS AS (
CASE
    WHEN ((length(code) >= 1) AND (length(code) <= 19) AND (ltrim(code, '0123456789'::text) = ''::text)) THEN (code)::numeric
    ELSE ('-1'::integer)::numeric
END) STORED NOT NULL,
    customer_id bigint,
    issued_at timestamp with time zone NOT NULL,
    redeemed_at timestamp with time zone,
    redeemed_by_access_key_id bigint,
    redeemed_by_operator_id bigint,
    redeemed_from text,
    revoked_at timestamp with time zone,
    in_stock boolean DEFAULT false NOT NULL,
    secret_sealed bytea,
    secret_hash bytea,
    balance_minor bigint,
    balance_currency text,
    batch text,
    details jsonb,
    expires_at timestamp with time zone,
    CONSTRAINT entitlement_balance_currency_check CHECK ((balance_currency ~ '^[A-Z]{3}$'::text))
)
WITH (fillfactor='80');


--
-- Name: entitlement_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.entitlement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: entitlement_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.entitlement_id_seq OWNED BY public.entitlement.id;


--
-- Name: kept_answer; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.kept_answer (
    organization_id bigint NOT NULL,
    principal text NOT NULL,
    key text NOT NULL,
    content_hash bytea NOT NULL,
    answer_sealed bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: operator; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.operator (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    login text NOT NULL,
    password_hash text NOT NULL,
    role text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    disabled_at timestamp with time zone,
    CONSTRAINT operator_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'administrator'::text, 'accountant'::text, 'reseller'::text])))
);


--
-- Name: operator_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.operator_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: operator_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.operator_id_seq OWNED BY public.operator.id;


--
-- Name: operator_setting; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.operator_setting (
    organization_id bigint NOT NULL,
    operator_id bigint NOT NULL,
    name text NOT NULL,
    value jsonb NOT NULL
);


--
-- Name: organization; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.organization (
    id bigint NOT NULL,
    name text NOT NULL,
    hosts text[] DEFAULT '{}'::text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: organization_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.organization_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: organization_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.organization_id_seq OWNED BY public.organization.id;


--
-- Name: payment; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.payment (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    sale_id bigint,
    entitlement_id bigint NOT NULL,
    amount_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    currency text NOT NULL,
    rate numeric(20,9) NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    paid_at timestamp with time zone NOT NULL,
    CONSTRAINT payment_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text))
);


--
-- Name: payment_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.payment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: payment_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.payment_id_seq OWNED BY public.payment.id;


--
-- Name: phone_account; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.phone_account (
    organization_id bigint NOT NULL,
    device_id bigint NOT NULL,
    type text NOT NULL,
    device_group_id bigint,
    secret_sealed bytea,
    host text DEFAULT ''::text NOT NULL,
    port integer,
    caller_id text DEFAULT ''::text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    is_hidden boolean DEFAULT false NOT NULL,
    CONSTRAINT phone_account_port_check CHECK (((port >= 0) AND (port <= 65535)))
);


--
-- Name: product; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.product (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    starts_at timestamp with time zone,
    ends_at timestamp with time zone,
    capacity bigint,
    issued bigint DEFAULT 0 NOT NULL,
    ever_issued boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL,
    retired_at timestamp with time zone,
    owner_operator_id bigint,
    price_minor bigint,
    currency text,
    tax_ppm integer,
    number_digits integer,
    secret_digits integer,
    image_url text,
    in_stock bigint DEFAULT 0 NOT NULL,
    slots integer DEFAULT 0 NOT NULL,
    CONSTRAINT product_capacity_check CHECK ((capacity >= 0)),
    CONSTRAINT product_check CHECK ((ends_at >= starts_at)),
    CONSTRAINT product_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT product_in_stock_check CHECK ((in_stock >= 0)),
    CONSTRAINT product_issued_check CHECK ((issued >= 0)),
    CONSTRAINT product_kind_check CHECK ((kind = ANY (ARRAY['event'::text, 'card_group'::text, 'license'::text, 'chart'::text]))),
    CONSTRAINT product_number_digits_check CHECK (((number_digits >= 1) AND (number_digits <= 19))),
    CONSTRAINT product_price_minor_check CHECK ((price_minor >= 0)),
    CONSTRAINT product_secret_digits_check CHECK (((secret_digits >= 0) AND (secret_digits <= 30))),
    CONSTRAINT product_slots_check CHECK (((slots >= 0) AND (slots <= 100))),
    CONSTRAINT product_tax_ppm_check CHECK ((tax_ppm >= 0))
)
WITH (fillfactor='70');


--
-- Name: product_access_key; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.product_access_key (
    organization_id bigint NOT NULL,
    product_id bigint NOT NULL,
    access_key_id bigint NOT NULL,
    "position" integer NOT NULL
);


--
-- Name: product_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.product_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: product_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.product_id_seq OWNED BY public.product.id;


--
-- Name: sale; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sale (
    organization_id bigint NOT NULL,
    id bigint NOT NULL,
    product_id bigint NOT NULL,
    email text,
    channel text NOT NULL,
    operator_id bigint,
    sold_at timestamp with time zone NOT NULL,
    mailed_at timestamp with time zone,
    mail_failure text
);


--
-- Name: sale_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.sale_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: sale_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.sale_id_seq OWNED BY public.sale.id;


--
-- Name: schema_migration; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.schema_migration (
    version integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: secret_space; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.secret_space (
    organization_id bigint NOT NULL,
    digits integer NOT NULL,
    used bigint DEFAULT 0 NOT NULL,
    CONSTRAINT secret_space_used_check CHECK ((used >= 0))
)
WITH (fillfactor='50');


--
-- Name: setting; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.setting (
    organization_id bigint NOT NULL,
    name text NOT NULL,
    value jsonb NOT NULL
);


--
-- Data for Name: access_key; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.access_key VALUES
	(1, 1, '\x19b7d7acbdf3c5427827c429f0b25e0ef47564b0d378dd12a11c092db9c0e359', '\xa7ee7dc449e53025e3700bb5c6248886a73a53c2983355e01fd8d4394ec5cb02390f37acc7b00dbe151112', '2026-11-30 11:06:04.534629+00'),
	(1, 2, '\x82e619c7a2810e19a3c8da19baf63e543b87cb337f710d5108bf02c93b32dd57', '\xa7ee7dc46c8939fc71bc3b4e0de0fc5041977aaa52f756f21979c8e271d062a80ed5eeb0ef283b4ccc9e62', '2026-11-30 11:06:04.534629+00');


--
-- Data for Name: action; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.action VALUES
	(1, 0, 'product_created', 1, NULL, NULL, '2026-11-30 11:05:53.976+00', '2026-11-30 11:05:53.976+00', NULL, NULL, NULL, NULL, NULL),
	(1, 1, 'product_stocked', 1, NULL, NULL, '2026-11-30 11:05:56.41+00', '2026-11-30 11:05:56.41+00', NULL, NULL, NULL, NULL, NULL),
	(1, 2, 'product_created', 2, NULL, NULL, '2026-11-30 11:05:58.19+00', '2026-11-30 11:05:58.19+00', NULL, NULL, NULL, NULL, NULL),
	(1, 3, 'product_created', 15, NULL, NULL, '2026-11-30 11:05:59.494+00', '2026-11-30 11:05:59.494+00', NULL, NULL, NULL, NULL, NULL),
	(1, 4, 'entitlement_issued', 15, 13, 'GBLAQPDMG-15-1', '2026-11-30 11:06:02.85+00', '2026-11-30 11:06:02.85+00', NULL, NULL, NULL, NULL, NULL),
	(1, 5, 'entitlement_issued', 15, 14, 'GBLAQPDMG-15-2', '2026-11-30 11:06:02.85+00', '2026-11-30 11:06:02.85+00', NULL, NULL, NULL, NULL, NULL),
	(1, 6, 'product_created', 16, NULL, NULL, '2026-11-30 11:06:04.535+00', '2026-11-30 11:06:04.535+00', NULL, NULL, 1, '127.0.0.1', NULL),
	(1, 7, 'entitlement_issued', 16, 15, '528118289008492439', '2026-11-30 11:06:04.608+00', '2026-11-30 11:06:04.608+00', NULL, NULL, 1, '127.0.0.1', NULL),
	(1, 8, 'entitlement_issued', 16, 16, '140073001795466845', '2026-11-30 11:06:04.627+00', '2026-11-30 11:06:04.627+00', NULL, NULL, 1, '127.0.0.1', NULL),
	(1, 9, 'entitlement_issued', 16, 17, '976304925134710887', '2026-11-30 11:06:04.642+00', '2026-11-30 11:06:04.642+00', NULL, NULL, 1, '127.0.0.1', NULL),
	(1, 10, 'entitlement_issued', 16, 18, '510212195679862863', '2026-11-30 11:06:04.673+00', '2026-11-30 11:06:04.673+00', NULL, NULL, 1, '127.0.0.1', NULL),
	(1, 11, 'entitlement_redeemed', 16, 15, '528118289008492439', '2026-11-30 11:06:04.71+00', '2026-11-30 11:06:04.71+00', NULL, 2, NULL, '127.0.0.1', NULL),
	(1, 12, 'entitlement_redeemed', 16, 15, '528118289008492439', '2026-11-30 11:06:04.719+00', '2026-11-30 11:06:04.719+00', 'already_redeemed', 1, NULL, '127.0.0.1', NULL),
	(1, 13, 'entitlement_redeemed', 16, 16, '140073001795466845', '2026-11-30 11:06:06.233+00', '2026-11-30 11:06:06.233+00', NULL, 2, NULL, '127.0.0.1', NULL),
	(1, 14, 'entitlement_redeemed', 16, 16, '140073001795466845', '2026-11-30 11:06:05+00', '2026-11-30 11:06:06.244+00', 'already_redeemed', 1, NULL, '127.0.0.1', NULL),
	(1, 15, 'entitlement_revoked', 16, 17, '976304925134710887', '2026-11-30 11:06:06.265+00', '2026-11-30 11:06:06.265+00', NULL, NULL, 1, '127.0.0.1', NULL),
	(1, 16, 'entitlement_sold', 1, 1, '1000000001', '2026-11-30 11:06:06.302+00', '2026-11-30 11:06:06.302+00', NULL, NULL, 1, '127.0.0.1', NULL),
	(1, 17, 'entitlement_sold', 1, 2, '1000000002', '2026-11-30 11:06:06.302+00', '2026-11-30 11:06:06.302+00', NULL, NULL, 1, '127.0.0.1', NULL),
	(1, 18, 'entitlement_sold', 1, 3, '1000000003', '2026-11-30 11:06:06.302+00', '2026-11-30 11:06:06.302+00', NULL, NULL, 1, '127.0.0.1', NULL),
	(1, 19, 'entitlement_topped_up', 1, 1, '1000000001', '2026-11-30 11:06:06.347+00', '2026-11-30 11:06:06.347+00', NULL, NULL, 1, '127.0.0.1', NULL),
	(1, 20, 'entitlement_issued', 2, 19, 'SECO-SMG7-6BPK-XECF-KN3Z-JWAA', '2026-11-30 11:06:06.398+00', '2026-11-30 11:06:06.398+00', NULL, NULL, 1, '127.0.0.1', NULL),
	(1, 21, 'entitlement_issued', 2, 20, 'RB3B-MZWT-RNFI-7DXN-XPSA-JQAA', '2026-11-30 11:06:06.421+00', '2026-11-30 11:06:06.421+00', NULL, NULL, 1, '127.0.0.1', NULL),
	(1, 22, 'device_registered', 0, NULL, NULL, '2026-11-30 11:06:06.482+00', '2026-11-30 11:06:06.482+00', NULL, NULL, NULL, '127.0.0.1', 1),
	(1, 23, 'entitlement_bound', 15, 13, 'GBLAQPDMG-15-1', '2026-11-30 11:06:06.498+00', '2026-11-30 11:06:06.498+00', NULL, NULL, NULL, '127.0.0.1', 1),
	(1, 24, 'entitlement_bound', 2, 19, 'SECO-SMG7-6BPK-XECF-KN3Z-JWAA', '2026-11-30 11:06:10.048+00', '2026-11-30 11:06:10.048+00', NULL, NULL, NULL, NULL, 3),
	(1, 25, 'entitlement_redeemed', 16, 15, '528118289008492439', '2026-11-30 11:06:11.341+00', '2026-11-30 11:06:11.341+00', 'already_redeemed', 2, NULL, '127.0.0.1', NULL),
	(1, 26, 'entitlement_redeemed', 16, 17, '976304925134710887', '2026-11-30 11:06:11.361+00', '2026-11-30 11:06:11.361+00', 'entitlement_revoked', 2, NULL, '127.0.0.1', NULL);


--
-- Data for Name: action_counter; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.action_counter VALUES
	(1, 27);


--
-- Data for Name: api_token; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: binding; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.binding VALUES
	(1, 13, 0, 1, '2026-11-30 11:06:06.498+00'),
	(1, 19, 0, 3, '2026-11-30 11:06:10.048+00');


--
-- Data for Name: conflict; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.conflict VALUES
	(1, 1, 16, 15, '2026-11-30 11:06:04.71+00', 2, NULL, '127.0.0.1', '2026-11-30 11:06:04.719+00', 1, NULL, '127.0.0.1', '2026-11-30 11:06:04.719+00'),
	(1, 2, 16, 16, '2026-11-30 11:06:05+00', 1, NULL, '127.0.0.1', '2026-11-30 11:06:06.233+00', 2, NULL, '127.0.0.1', '2026-11-30 11:06:06.244+00'),
	(1, 3, 16, 15, '2026-11-30 11:06:04.71+00', 2, NULL, '127.0.0.1', '2026-11-30 11:06:11.341+00', 2, NULL, '127.0.0.1', '2026-11-30 11:06:11.341+00');


--
-- Data for Name: currency; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.currency VALUES
	(1, 'EUR', 1.000000000, true);


--
-- Data for Name: customer; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.customer VALUES
	(1, 1, 'skipper@example.com', 'skipper@example.com', '2026-11-30 11:06:00.954944+00', NULL, NULL, '', '$argon2id$v=19$m=19456,t=2,p=1$w90ulLiC0IJjIhBmedPHpQ$52sB2Z8jLs4FXWX/f6l/Pc05yAnCiDRaHYs0aD7QNus'),
	(1, 3, 'Ada Example', 'Ada Example', '2026-11-30 11:06:04.606134+00', NULL, NULL, '', NULL),
	(1, 4, 'Grace Example', 'Grace Example', '2026-11-30 11:06:04.62624+00', NULL, NULL, '', NULL),
	(1, 5, 'Linus Example', 'Linus Example', '2026-11-30 11:06:04.64004+00', NULL, NULL, '', NULL),
	(1, 6, 'bob@example.com', 'bob@example.com', '2026-11-30 11:06:06.298916+00', NULL, NULL, '', NULL),
	(1, 7, 'grace@example.com', 'grace@example.com', '2026-11-30 11:06:06.39609+00', NULL, NULL, 'Grace', NULL);


--
-- Data for Name: delivery; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: device; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.device VALUES
	(1, 1, 1, 'system', 'mylaptop', '2026-11-30 11:06:06.482+00', '\x9a1adaf49c0ef7d8eae6b2fa5d7af6bf0f398f696b3ebc574956031ca13bfc76', NULL),
	(1, 3, 7, 'machine', '08-00-27-AA-BB-CC', '2026-11-30 11:06:10.048+00', NULL, NULL);


--
-- Data for Name: device_group; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: edition; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: entitlement; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.entitlement VALUES
	(1, 4, 1, '1000000004', DEFAULT, NULL, '2026-11-30 11:05:56.41+00', NULL, NULL, NULL, NULL, NULL, true, '\xa7ee7dc43e2c65644f5751d3176fd9482c028dec959b1c9360d8ed38aea41482fcf20dc513755993', '\xb6af378eefef4478b125e130af4a4c01', 1000, 'EUR', 'spring', NULL, NULL),
	(1, 5, 1, '1000000005', DEFAULT, NULL, '2026-11-30 11:05:56.41+00', NULL, NULL, NULL, NULL, NULL, true, '\xa7ee7dc482c5d16442a7f08558f2274d87f0a9ec375c56228af2155dbf75f262a2ee8457faa988db', '\xaca3ad40e4ef6c0e46f525e47e4b4ebe', 1000, 'EUR', 'spring', NULL, NULL),
	(1, 6, 1, '1000000006', DEFAULT, NULL, '2026-11-30 11:05:56.41+00', NULL, NULL, NULL, NULL, NULL, true, '\xa7ee7dc480cffa540a6e30b091cc50d3069e84193a9503c0484d2fc8e9cf65c83f851ccf1a090760', '\x09e698275ee8386d33d3f507768673c1', 1000, 'EUR', 'spring', NULL, NULL),
	(1, 7, 1, '1000000007', DEFAULT, NULL, '2026-11-30 11:05:56.41+00', NULL, NULL, NULL, NULL, NULL, true, '\xa7ee7dc4e993d1a9cccc3703b2f45f9aa559f49d5fcd9109ebab42d98c904f40e8d23167f619ed1b', '\xeada504568fbd84c5c8c69850fde44cf', 1000, 'EUR', 'spring', NULL, NULL),
	(1, 8, 1, '1000000008', DEFAULT, NULL, '2026-11-30 11:05:56.41+00', NULL, NULL, NULL, NULL, NULL, true, '\xa7ee7dc4a21e66614e367bddf5a2deaad72a0b478d94d5bba643d60056e00dedffd0b4511f56175a', '\xdbf7b32374f783194f2a8762db8afb6a', 1000, 'EUR', 'spring', NULL, NULL),
	(1, 9, 1, '1000000009', DEFAULT, NULL, '2026-11-30 11:05:56.41+00', NULL, NULL, NULL, NULL, NULL, true, '\xa7ee7dc405dd393bb65200fb91707d0d8063e5817745c693e6aaa7025d672f698c32511a64aeceba', '\xcf279bdbc282d132d267f661322b6cb3', 1000, 'EUR', 'spring', NULL, NULL),
	(1, 10, 1, '1000000010', DEFAULT, NULL, '2026-11-30 11:05:56.41+00', NULL, NULL, NULL, NULL, NULL, true, '\xa7ee7dc4fec857c510c024b320092a5eacbea2cb942cd7b0764739381b191ee4022a9a7b4b4f9b7f', '\x2be2703ea022cde146fdc02a4e536348', 1000, 'EUR', 'spring', NULL, NULL),
	(1, 11, 1, '1000000011', DEFAULT, NULL, '2026-11-30 11:05:56.41+00', NULL, NULL, NULL, NULL, NULL, true, '\xa7ee7dc4300a455a04ca1e230cfbe80f71e20b648626f6232884ffee21382ef2f95d5b97cc67f6c5', '\xa65b322d8b2ae394560cd1bd8dc93beb', 1000, 'EUR', 'spring', NULL, NULL),
	(1, 12, 1, '1000000012', DEFAULT, NULL, '2026-11-30 11:05:56.41+00', NULL, NULL, NULL, NULL, NULL, true, '\xa7ee7dc4516dea7e593c9ddfd5b5652de3b6d87859fd93f6a1fe4da0449daac23d20a5ac5c557b11', '\x221f20052bb1ef3e4de87cfe9b9151aa', 1000, 'EUR', 'spring', NULL, NULL),
	(1, 13, 15, 'GBLAQPDMG-15-1', DEFAULT, 1, '2017-05-18 00:00:00+00', NULL, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, '2099-12-31 23:59:59.999+00'),
	(1, 14, 15, 'GBLAQPDMG-15-2', DEFAULT, 1, '2017-05-18 00:00:00+00', NULL, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, '2099-12-31 23:59:59.999+00'),
	(1, 18, 16, '510212195679862863', DEFAULT, NULL, '2026-11-30 11:06:04.673+00', NULL, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(1, 15, 16, '528118289008492439', DEFAULT, 3, '2026-11-30 11:06:04.608+00', '2026-11-30 11:06:04.71+00', 2, NULL, '127.0.0.1', NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(1, 16, 16, '140073001795466845', DEFAULT, 4, '2026-11-30 11:06:04.627+00', '2026-11-30 11:06:05+00', 1, NULL, '127.0.0.1', NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(1, 17, 16, '976304925134710887', DEFAULT, 5, '2026-11-30 11:06:04.642+00', NULL, NULL, NULL, NULL, '2026-11-30 11:06:06.265+00', false, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(1, 2, 1, '1000000002', DEFAULT, 6, '2026-11-30 11:05:56.41+00', NULL, NULL, NULL, NULL, NULL, false, '\xa7ee7dc43765fd43bf16ad4ce21a8ded185c1c6eb8f23545484773a35c7f1fe599c181665f9f54ab', '\xc0f8708483e9e535e8e15029eed7f9ea', 1000, 'EUR', 'spring', NULL, NULL),
	(1, 3, 1, '1000000003', DEFAULT, 6, '2026-11-30 11:05:56.41+00', NULL, NULL, NULL, NULL, NULL, false, '\xa7ee7dc498409ae28b0ef6c564192aae9e615b708871676f2a57fe9e52b15f78dff164dc7cfe2390', '\x3d0348d6cffee52acad25a93995208d4', 1000, 'EUR', 'spring', NULL, NULL),
	(1, 1, 1, '1000000001', DEFAULT, 6, '2026-11-30 11:05:56.41+00', NULL, NULL, NULL, NULL, NULL, false, '\xa7ee7dc45b38e8d4cbb6a9927f2b2203a38e4a8a750a27a0b37ce8285a740e5870513239e22fb12c', '\xa6ad1482b4bbc4a6e420d3dce31e8d8f', 1403, 'EUR', 'spring', NULL, NULL),
	(1, 19, 2, 'SECO-SMG7-6BPK-XECF-KN3Z-JWAA', DEFAULT, 7, '2026-11-30 11:06:06.398+00', NULL, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(1, 20, 2, 'RB3B-MZWT-RNFI-7DXN-XPSA-JQAA', DEFAULT, 7, '2026-11-30 11:06:06.421+00', NULL, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL);


--
-- Data for Name: kept_answer; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: operator; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.operator VALUES
	(1, 1, 'owner', '$argon2id$v=19$m=19456,t=2,p=1$Wi6f2gSYw7BxbNFOQB4DZw$xmqyydF1DVHTOhAfL2UzOg+DIgJz87diJLaQGc4xN5k', 'owner', '2026-11-30 11:05:39.527741+00', NULL),
	(1, 2, 'ada', '$argon2id$v=19$m=19456,t=2,p=1$Hzpzti3RY9Ea1Uz+efCbMQ$jWPBdLRdkhfCjzFX0/QQ7germCyUTdDzVsXYuAVzEHk', 'reseller', '2026-11-30 11:05:41.544569+00', NULL);


--
-- Data for Name: operator_setting; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.operator_setting VALUES
	(1, 2, 'mor.secret', '{"sealed": "p+59xAiFH6cutJxLVFgSqvLNRC4eRjw4pLoEAaqbQrDQBnhzZFQfSkJUxDulPwo="}'),
	(1, 2, 'mor.api', '"on"');


--
-- Data for Name: organization; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.organization VALUES
	(1, 'Default', '{}', '2026-11-30 11:05:39.48444+00');


--
-- Data for Name: payment; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.payment VALUES
	(1, 1, 1, 1, 1240, 240, 'EUR', 1.000000000, '', '2026-11-30 11:06:06.302+00'),
	(1, 2, 1, 2, 1240, 240, 'EUR', 1.000000000, '', '2026-11-30 11:06:06.302+00'),
	(1, 3, 1, 3, 1240, 240, 'EUR', 1.000000000, '', '2026-11-30 11:06:06.302+00'),
	(1, 4, NULL, 1, 500, 97, 'EUR', 1.000000000, 'top up', '2026-11-30 11:06:06.347+00');


--
-- Data for Name: phone_account; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: product; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.product VALUES
	(1, 15, 'chart', 'British Isles', '', NULL, NULL, NULL, 2, true, '2026-11-30 11:05:59.494+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 2),
	(1, 16, 'event', 'Assembly', 'Jäätelö 5 €', '2017-07-14 02:40:00+00', '2096-10-02 07:06:40+00', 10, 3, true, '2026-11-30 11:06:04.535+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0),
	(1, 1, 'card_group', 'World 10', '', NULL, NULL, NULL, 3, true, '2026-11-30 11:05:53.976+00', NULL, NULL, 1240, 'EUR', 240000, 10, 8, '', 9, 0),
	(1, 2, 'license', 'EZP5', '', NULL, NULL, NULL, 2, true, '2026-11-30 11:05:58.19+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 2);


--
-- Data for Name: product_access_key; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.product_access_key VALUES
	(1, 16, 2, 0),
	(1, 16, 1, 1);


--
-- Data for Name: sale; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sale VALUES
	(1, 1, 1, 'bob@example.com', 'mor', 1, '2026-11-30 11:06:06.302+00', '2026-11-30 11:06:06.40523+00', NULL);


--
-- Data for Name: schema_migration; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.schema_migration VALUES
	(1, '0001_entitlements.sql', 'e0fcd8f48a99b9d6ff0f60f530951cf1f18f141163fdf34fcc9d61afa5409474', '2026-11-30 11:05:39.101631+00'),
	(2, '0002_stock.sql', '94016b7432dea5457fd94b55dff491ef19248d5c03587a3488095407c31bb880', '2026-11-30 11:05:39.135942+00'),
	(3, '0003_bindings.sql', 'dcb42badd7a17eba0a087efdc442f219a9606197b4dca7b7f387a08d47733bfc', '2026-11-30 11:05:39.175856+00'),
	(4, '0004_content.sql', '01e2ea120f7a6fb604bb40cc7b45171fe107dd9484c311c3ed5dcf0711d04c1e', '2026-11-30 11:05:39.185501+00');


--
-- Data for Name: secret_space; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.secret_space VALUES
	(1, 8, 12);


--
-- Data for Name: setting; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.setting VALUES
	(1, 'mor.secret', '{"sealed": "p+59xPu8SMDIr+4UQOn392MxjAdpkssMjsXwmGn7LdeoF7yFGpk="}'),
	(1, 'mor.api', '"on"'),
	(1, 'mor.get', '"on"');


--
-- Name: access_key_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.access_key_id_seq', 2, true);


--
-- Name: api_token_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.api_token_id_seq', 1, false);


--
-- Name: conflict_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.conflict_id_seq', 3, true);


--
-- Name: customer_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.customer_id_seq', 8, true);


--
-- Name: delivery_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.delivery_id_seq', 1, false);


--
-- Name: device_group_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.device_group_id_seq', 1, false);


--
-- Name: device_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.device_id_seq', 3, true);


--
-- Name: edition_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.edition_id_seq', 1, false);


--
-- Name: entitlement_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.entitlement_id_seq', 20, true);


--
-- Name: operator_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.operator_id_seq', 2, true);


--
-- Name: organization_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.organization_id_seq', 1, false);


--
-- Name: payment_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.payment_id_seq', 4, true);


--
-- Name: product_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.product_id_seq', 16, true);


--
-- Name: sale_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.sale_id_seq', 1, true);


--
-- Name: access_key access_key_organization_id_key_hash_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.access_key
    ADD CONSTRAINT access_key_organization_id_key_hash_key UNIQUE (organization_id, key_hash);


--
-- Name: access_key access_key_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.access_key
    ADD CONSTRAINT access_key_pkey PRIMARY KEY (organization_id, id);


--
-- Name: action_counter action_counter_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.action_counter
    ADD CONSTRAINT action_counter_pkey PRIMARY KEY (organization_id);


--
-- Name: action action_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.action
    ADD CONSTRAINT action_pkey PRIMARY KEY (organization_id, product_id, id);


--
-- Name: api_token api_token_organization_id_token_hash_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_organization_id_token_hash_key UNIQUE (organization_id, token_hash);


--
-- Name: api_token api_token_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_pkey PRIMARY KEY (organization_id, id);


--
-- Name: binding binding_organization_id_entitlement_id_device_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.binding
    ADD CONSTRAINT binding_organization_id_entitlement_id_device_id_key UNIQUE (organization_id, entitlement_id, device_id);


--
-- Name: binding binding_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.binding
    ADD CONSTRAINT binding_pkey PRIMARY KEY (organization_id, entitlement_id, slot);


--
-- Name: conflict conflict_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.conflict
    ADD CONSTRAINT conflict_pkey PRIMARY KEY (organization_id, id);


--
-- Name: currency currency_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.currency
    ADD CONSTRAINT currency_pkey PRIMARY KEY (organization_id, code);


--
-- Name: customer customer_organization_id_identity_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer
    ADD CONSTRAINT customer_organization_id_identity_key UNIQUE (organization_id, identity);


--
-- Name: customer customer_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer
    ADD CONSTRAINT customer_pkey PRIMARY KEY (organization_id, id);


--
-- Name: delivery delivery_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (organization_id, id);


--
-- Name: device_group device_group_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.device_group
    ADD CONSTRAINT device_group_pkey PRIMARY KEY (organization_id, id);


--
-- Name: device device_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_pkey PRIMARY KEY (organization_id, id);


--
-- Name: edition edition_organization_id_product_id_name_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.edition
    ADD CONSTRAINT edition_organization_id_product_id_name_key UNIQUE (organization_id, product_id, name);


--
-- Name: edition edition_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.edition
    ADD CONSTRAINT edition_pkey PRIMARY KEY (organization_id, id);


--
-- Name: entitlement entitlement_organization_id_code_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.entitlement
    ADD CONSTRAINT entitlement_organization_id_code_key UNIQUE (organization_id, code);


--
-- Name: entitlement entitlement_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.entitlement
    ADD CONSTRAINT entitlement_pkey PRIMARY KEY (organization_id, id);


--
-- Name: kept_answer kept_answer_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.kept_answer
    ADD CONSTRAINT kept_answer_pkey PRIMARY KEY (organization_id, principal, key);


--
-- Name: operator operator_organization_id_login_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.operator
    ADD CONSTRAINT operator_organization_id_login_key UNIQUE (organization_id, login);


--
-- Name: operator operator_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.operator
    ADD CONSTRAINT operator_pkey PRIMARY KEY (organization_id, id);


--
-- Name: operator_setting operator_setting_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.operator_setting
    ADD CONSTRAINT operator_setting_pkey PRIMARY KEY (organization_id, operator_id, name);


--
-- Name: organization organization_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.organization
    ADD CONSTRAINT organization_pkey PRIMARY KEY (id);


--
-- Name: payment payment_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.payment
    ADD CONSTRAINT payment_pkey PRIMARY KEY (organization_id, id);


--
-- Name: phone_account phone_account_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.phone_account
    ADD CONSTRAINT phone_account_pkey PRIMARY KEY (organization_id, device_id);


--
-- Name: product_access_key product_access_key_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.product_access_key
    ADD CONSTRAINT product_access_key_pkey PRIMARY KEY (organization_id, product_id, access_key_id);


--
-- Name: product product_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.product
    ADD CONSTRAINT product_pkey PRIMARY KEY (organization_id, id);


--
-- Name: sale sale_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sale
    ADD CONSTRAINT sale_pkey PRIMARY KEY (organization_id, id);


--
-- Name: schema_migration schema_migration_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (version);


--
-- Name: secret_space secret_space_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.secret_space
    ADD CONSTRAINT secret_space_pkey PRIMARY KEY (organization_id, digits);


--
-- Name: setting setting_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.setting
    ADD CONSTRAINT setting_pkey PRIMARY KEY (organization_id, name);


--
-- Name: action_by_device; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX action_by_device ON public.action USING btree (organization_id, device_id, id) WHERE (product_id = 0);


--
-- Name: action_by_entitlement; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX action_by_entitlement ON public.action USING btree (organization_id, entitlement_id, id) WHERE (entitlement_id IS NOT NULL);


--
-- Name: api_token_by_operator; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX api_token_by_operator ON public.api_token USING btree (organization_id, operator_id);


--
-- Name: binding_by_device; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX binding_by_device ON public.binding USING btree (organization_id, device_id);


--
-- Name: conflict_by_product; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX conflict_by_product ON public.conflict USING btree (organization_id, product_id, id);


--
-- Name: currency_default; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX currency_default ON public.currency USING btree (organization_id) WHERE is_default;


--
-- Name: delivery_by_device; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX delivery_by_device ON public.delivery USING btree (organization_id, device_id) WHERE (ended_at IS NULL);


--
-- Name: delivery_kept; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX delivery_kept ON public.delivery USING btree (organization_id, expires_at) WHERE (removed_at IS NULL);


--
-- Name: delivery_latest; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX delivery_latest ON public.delivery USING btree (organization_id, entitlement_id, device_id, id);


--
-- Name: delivery_live; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX delivery_live ON public.delivery USING btree (organization_id, entitlement_id, device_id) WHERE (ended_at IS NULL);


--
-- Name: device_by_customer; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX device_by_customer ON public.device USING btree (organization_id, customer_id, id);


--
-- Name: device_fingerprint; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX device_fingerprint ON public.device USING btree (organization_id, customer_id, fingerprint_hash) WHERE (fingerprint_hash IS NOT NULL);


--
-- Name: device_group_primary; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX device_group_primary ON public.device_group USING btree (organization_id, customer_id) WHERE is_primary;


--
-- Name: device_machine; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX device_machine ON public.device USING btree (organization_id, customer_id, name) NULLS NOT DISTINCT WHERE (kind = 'machine'::text);


--
-- Name: device_system; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX device_system ON public.device USING btree (organization_id, customer_id, name) NULLS NOT DISTINCT WHERE (kind = 'system'::text);


--
-- Name: edition_by_age; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX edition_by_age ON public.edition USING btree (organization_id, product_id, published_at, id);


--
-- Name: entitlement_by_customer; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX entitlement_by_customer ON public.entitlement USING btree (organization_id, customer_id, id) WHERE (customer_id IS NOT NULL);


--
-- Name: entitlement_in_order; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX entitlement_in_order ON public.entitlement USING btree (organization_id, product_id, code_number, code) WHERE (NOT in_stock);


--
-- Name: entitlement_secret; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX entitlement_secret ON public.entitlement USING btree (organization_id, secret_hash) WHERE (secret_hash IS NOT NULL);


--
-- Name: entitlement_stock; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX entitlement_stock ON public.entitlement USING btree (organization_id, product_id, code COLLATE "C") WHERE in_stock;


--
-- Name: kept_answer_by_age; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX kept_answer_by_age ON public.kept_answer USING btree (organization_id, created_at);


--
-- Name: payment_by_sale; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX payment_by_sale ON public.payment USING btree (organization_id, sale_id) WHERE (sale_id IS NOT NULL);


--
-- Name: product_access_key_by_key; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX product_access_key_by_key ON public.product_access_key USING btree (organization_id, access_key_id, product_id);


--
-- Name: product_by_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX product_by_name ON public.product USING btree (organization_id, kind, name, id);


--
-- Name: access_key access_key_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.access_key
    ADD CONSTRAINT access_key_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;


--
-- Name: action_counter action_counter_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.action_counter
    ADD CONSTRAINT action_counter_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;


--
-- Name: api_token api_token_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;


--
-- Name: api_token api_token_organization_id_operator_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_organization_id_operator_id_fkey FOREIGN KEY (organization_id, operator_id) REFERENCES public.operator(organization_id, id) ON DELETE CASCADE;


--
-- Name: binding binding_organization_id_device_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.binding
    ADD CONSTRAINT binding_organization_id_device_id_fkey FOREIGN KEY (organization_id, device_id) REFERENCES public.device(organization_id, id);


--
-- Name: binding binding_organization_id_entitlement_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.binding
    ADD CONSTRAINT binding_organization_id_entitlement_id_fkey FOREIGN KEY (organization_id, entitlement_id) REFERENCES public.entitlement(organization_id, id);


--
-- Name: conflict conflict_organization_id_entitlement_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.conflict
    ADD CONSTRAINT conflict_organization_id_entitlement_id_fkey FOREIGN KEY (organization_id, entitlement_id) REFERENCES public.entitlement(organization_id, id);


--
-- Name: currency currency_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.currency
    ADD CONSTRAINT currency_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;


--
-- Name: customer customer_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer
    ADD CONSTRAINT customer_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;


--
-- Name: customer customer_organization_id_owner_operator_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer
    ADD CONSTRAINT customer_organization_id_owner_operator_id_fkey FOREIGN KEY (organization_id, owner_operator_id) REFERENCES public.operator(organization_id, id);


--
-- Name: delivery delivery_organization_id_device_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_organization_id_device_id_fkey FOREIGN KEY (organization_id, device_id) REFERENCES public.device(organization_id, id);


--
-- Name: delivery delivery_organization_id_edition_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_organization_id_edition_id_fkey FOREIGN KEY (organization_id, edition_id) REFERENCES public.edition(organization_id, id);


--
-- Name: delivery delivery_organization_id_entitlement_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_organization_id_entitlement_id_fkey FOREIGN KEY (organization_id, entitlement_id) REFERENCES public.entitlement(organization_id, id);


--
-- Name: device_group device_group_organization_id_customer_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.device_group
    ADD CONSTRAINT device_group_organization_id_customer_id_fkey FOREIGN KEY (organization_id, customer_id) REFERENCES public.customer(organization_id, id);


--
-- Name: device_group device_group_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.device_group
    ADD CONSTRAINT device_group_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;


--
-- Name: device device_organization_id_customer_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_organization_id_customer_id_fkey FOREIGN KEY (organization_id, customer_id) REFERENCES public.customer(organization_id, id);


--
-- Name: device device_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;


--
-- Name: edition edition_organization_id_product_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.edition
    ADD CONSTRAINT edition_organization_id_product_id_fkey FOREIGN KEY (organization_id, product_id) REFERENCES public.product(organization_id, id);


--
-- Name: kept_answer kept_answer_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.kept_answer
    ADD CONSTRAINT kept_answer_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;


--
-- Name: operator operator_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.operator
    ADD CONSTRAINT operator_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;


--
-- Name: operator_setting operator_setting_organization_id_operator_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.operator_setting
    ADD CONSTRAINT operator_setting_organization_id_operator_id_fkey FOREIGN KEY (organization_id, operator_id) REFERENCES public.operator(organization_id, id) ON DELETE CASCADE;


--
-- Name: phone_account phone_account_organization_id_device_group_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.phone_account
    ADD CONSTRAINT phone_account_organization_id_device_group_id_fkey FOREIGN KEY (organization_id, device_group_id) REFERENCES public.device_group(organization_id, id);


--
-- Name: phone_account phone_account_organization_id_device_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.phone_account
    ADD CONSTRAINT phone_account_organization_id_device_id_fkey FOREIGN KEY (organization_id, device_id) REFERENCES public.device(organization_id, id) ON DELETE CASCADE;


--
-- Name: product_access_key product_access_key_organization_id_access_key_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.product_access_key
    ADD CONSTRAINT product_access_key_organization_id_access_key_id_fkey FOREIGN KEY (organization_id, access_key_id) REFERENCES public.access_key(organization_id, id);


--
-- Name: product_access_key product_access_key_organization_id_product_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.product_access_key
    ADD CONSTRAINT product_access_key_organization_id_product_id_fkey FOREIGN KEY (organization_id, product_id) REFERENCES public.product(organization_id, id) ON DELETE CASCADE;


--
-- Name: product product_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.product
    ADD CONSTRAINT product_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;


--
-- Name: product product_organization_id_owner_operator_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.product
    ADD CONSTRAINT product_organization_id_owner_operator_id_fkey FOREIGN KEY (organization_id, owner_operator_id) REFERENCES public.operator(organization_id, id);


--
-- Name: secret_space secret_space_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.secret_space
    ADD CONSTRAINT secret_space_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;


--
-- Name: setting setting_organization_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.setting
    ADD CONSTRAINT setting_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;


