-- What a product is sold as is a word that each dialect chooses: only its form is checked.
alter table product drop constraint product_kind_check;
alter table product add constraint product_kind_check check (kind ~ '^[a-z][a-z0-9_]{0,31}$');
