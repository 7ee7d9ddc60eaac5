-- +goose Up
-- @postgres

-- Looks at the tables of the road anew, so that statements are planned for as much as is in them. Autovacuum does it minutes
-- after they have grown, or never where it is turned off; until then all of them count as nearly empty. The program may not do
-- it by itself, because the tables are not its own. A small sample is enough to tell ten rows from a million.
-- +goose StatementBegin
CREATE FUNCTION sapa_analyze() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT SET default_statistics_target = 10 AS $$
BEGIN
    ANALYZE events, contacts, contact_identities, conversations, messages, outbox, device_records, numbers, lanes, lids;
END
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION sapa_analyze() FROM PUBLIC;
-- @end
