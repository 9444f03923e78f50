package io.telltale.store;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** All statements of the running service, prepared after the tables were created. */
final class Statements {

    private static final String SENSOR_COLUMNS = "SELECT sensor_id, type, unit, site, name, labels, expected_interval,"
            + " observed_unit, observed_site, writetime(observed_unit) AS unit_written,"
            + " writetime(observed_site) AS site_written FROM %s.sensors";

    /** A statement; {@code %s} stands for the keyspace. */
    enum Cql {
        INSERT_READING("INSERT INTO %s.readings (type, shard, bucket, sensor_id, ts, reading)"
                + " VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?"),
        INSERT_EXPIRING_READING("INSERT INTO %s.readings (type, shard, bucket, sensor_id, ts, reading)"
                + " VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?"),
        READINGS_ASCENDING(
                "SELECT ts, reading FROM %s.readings WHERE type = ? AND shard = ? AND bucket = ? AND sensor_id = ?"
                        + " AND ts >= ? AND ts < ? ORDER BY sensor_id DESC, ts ASC LIMIT ?"),
        READINGS_DESCENDING(
                "SELECT ts, reading FROM %s.readings WHERE type = ? AND shard = ? AND bucket = ? AND sensor_id = ?"
                        + " AND ts >= ? AND ts < ? ORDER BY sensor_id ASC, ts DESC LIMIT ?"),
        READINGS_WITH_WRITE_TIME_ASCENDING(
                "SELECT ts, reading, writetime(reading) FROM %s.readings WHERE type = ? AND shard = ?"
                        + " AND bucket = ? AND sensor_id = ? AND ts >= ? AND ts < ?"
                        + " ORDER BY sensor_id DESC, ts ASC LIMIT ?"),
        READINGS_WITH_WRITE_TIME_DESCENDING(
                "SELECT ts, reading, writetime(reading) FROM %s.readings WHERE type = ? AND shard = ?"
                        + " AND bucket = ? AND sensor_id = ? AND ts >= ? AND ts < ?"
                        + " ORDER BY sensor_id ASC, ts DESC LIMIT ?"),
        READINGS_OF_SENSORS("SELECT sensor_id, ts, reading FROM %s.readings WHERE type = ? AND shard = ? AND bucket = ?"
                + " AND sensor_id IN ? AND ts >= ? AND ts < ? LIMIT ?"),
        DELETE_READINGS("DELETE FROM %s.readings USING TIMESTAMP ? WHERE type = ? AND shard = ? AND bucket = ?"
                + " AND sensor_id = ? AND ts >= ? AND ts < ?"),
        DELETIONS("SELECT sensor_id, deleted_at, from_ts, to_ts, swept, shredded_type FROM %s.deletions"),
        DELETIONS_OF_SENSOR(
                "SELECT sensor_id, deleted_at, from_ts, to_ts, swept, shredded_type FROM %s.deletions WHERE sensor_id "
                        + "= ?"),
        INSERT_DELETION("INSERT INTO %s.deletions (sensor_id, deleted_at, from_ts, to_ts) VALUES (?, ?, ?, ?)"),
        INSERT_SHREDDING("INSERT INTO %s.deletions (sensor_id, deleted_at, from_ts, to_ts, shredded_type)"
                + " VALUES (?, ?, ?, ?, ?)"),
        MARK_DELETION_SWEPT("INSERT INTO %s.deletions (sensor_id, deleted_at, from_ts, to_ts, swept)"
                + " VALUES (?, ?, ?, ?, true)"),
        DELETE_DELETION(
                "DELETE FROM %s.deletions WHERE sensor_id = ? AND deleted_at = ? AND from_ts = ? AND to_ts = ?"),
        DELETIONS_REVISION("SELECT revision FROM %s.revisions WHERE name = 'deletions'"),
        RENEW_DELETIONS_REVISION("INSERT INTO %s.revisions (name, revision) VALUES ('deletions', ?)"),
        SENSOR_KEYS("SELECT key_id, wrapped FROM %s.sensor_keys WHERE sensor_id = ?"),
        INSERT_SENSOR_KEY("INSERT INTO %s.sensor_keys (sensor_id, key_id, wrapped) VALUES (?, ?, ?) IF NOT EXISTS"),
        DESTROY_SENSOR_KEY("UPDATE %s.sensor_keys SET wrapped = null WHERE sensor_id = ? AND key_id = ? IF EXISTS"),
        SECRET("SELECT secret FROM %s.secrets WHERE name = ?"),
        INSERT_SECRET("INSERT INTO %s.secrets (name, secret) VALUES (?, ?) IF NOT EXISTS"),
        INSERT_BUCKET("INSERT INTO %s.buckets (type, shard, week, sensor_id, bucket) VALUES (?, ?, ?, ?, ?)"
                + " USING TIMESTAMP ? AND TTL ?"),
        INSERT_WEEK("INSERT INTO %s.weeks (sensor_id, week) VALUES (?, ?) USING TIMESTAMP ? AND TTL ?"),
        BUCKETS("SELECT bucket FROM %s.buckets WHERE type = ? AND shard = ? AND week = ? AND sensor_id = ?"
                + " AND bucket >= ? AND bucket < ?"),
        BUCKETS_OF_SENSORS("SELECT sensor_id, bucket FROM %s.buckets WHERE type = ? AND shard = ? AND week = ?"
                + " AND sensor_id IN ? AND bucket >= ?"),
        WEEKS("SELECT week FROM %s.weeks WHERE sensor_id = ? AND week >= ? AND week < ?"),
        SENSOR(SENSOR_COLUMNS + " WHERE sensor_id = ?"),
        SENSORS(SENSOR_COLUMNS + " WHERE sensor_id IN ?"),
        ALL_SENSORS(SENSOR_COLUMNS),
        SENSORS_AFTER(SENSOR_COLUMNS + " WHERE token(sensor_id) > token(?)"),
        // Not IF NOT EXISTS: a shredded sensor may have left fields that a later record has written.
        REGISTER_SENSOR("UPDATE %s.sensors SET type = ? WHERE sensor_id = ? IF type = null"),
        REMOVE_SENSOR("DELETE FROM %s.sensors WHERE sensor_id = ? IF EXISTS"),
        REMOVE_OBSERVED("DELETE observed_unit, observed_site FROM %s.sensors USING TIMESTAMP ? WHERE sensor_id = ?"),
        DESCRIBE_SENSOR(
                "UPDATE %s.sensors USING TIMESTAMP ? SET observed_unit = ?, observed_site = ? WHERE sensor_id = ?"),
        UPDATE_METADATA("UPDATE %s.sensors SET unit = ?, site = ?, name = ?, labels = ?, expected_interval = ?"
                + " WHERE sensor_id = ? IF type = ?"),
        INSERT_CHANGE("INSERT INTO %s.sensor_changes (hour, at, sensor_id) VALUES (?, ?, ?)"),
        CHANGES("SELECT sensor_id FROM %s.sensor_changes WHERE hour = ? AND at >= ?"),
        LIST_BY_TYPE("INSERT INTO %s.sensors_by_type (type, slot, sensor_id) VALUES (?, ?, ?)"),
        LIST_BY_SITE("INSERT INTO %s.sensors_by_site (site, slot, sensor_id) VALUES (?, ?, ?)"),
        LIST_BY_METADATA("INSERT INTO %s.sensors_by_metadata (field, value, slot, sensor_id) VALUES (?, ?, ?, ?)"),
        UNLIST_FROM_TYPE(
                "DELETE FROM %s.sensors_by_type USING TIMESTAMP ? WHERE type = ? AND slot = ? AND sensor_id = ?"),
        UNLIST_FROM_SITE(
                "DELETE FROM %s.sensors_by_site USING TIMESTAMP ? WHERE site = ? AND slot = ? AND sensor_id = ?"),
        UNLIST_FROM_METADATA("DELETE FROM %s.sensors_by_metadata USING TIMESTAMP ? WHERE field = ? AND value = ?"
                + " AND slot = ? AND sensor_id = ?"),
        SENSORS_BY_TYPE("SELECT sensor_id FROM %s.sensors_by_type WHERE type = ? AND slot = ? AND sensor_id > ?"),
        SENSORS_BY_SITE("SELECT sensor_id FROM %s.sensors_by_site WHERE site = ? AND slot = ? AND sensor_id > ?"),
        SENSORS_BY_METADATA("SELECT sensor_id FROM %s.sensors_by_metadata WHERE field = ? AND value = ? AND slot = ?"
                + " AND sensor_id > ?"),
        SENSORS_OF_TYPE_AMONG(
                "SELECT sensor_id FROM %s.sensors_by_type WHERE type = ? AND slot = ? AND sensor_id IN ?"),
        SENSORS_OF_SITE_AMONG(
                "SELECT sensor_id FROM %s.sensors_by_site WHERE site = ? AND slot = ? AND sensor_id IN ?"),
        SENSORS_OF_METADATA_AMONG("SELECT sensor_id FROM %s.sensors_by_metadata WHERE field = ? AND value = ?"
                + " AND slot = ? AND sensor_id IN ?"),
        INSERT_FILTER_VALUE("INSERT INTO %s.filter_values (filter, slot, value, sensor_id) VALUES (?, ?, ?, ?)"),
        DELETE_FILTER_VALUE(
                "DELETE FROM %s.filter_values USING TIMESTAMP ? WHERE filter = ? AND slot = ? AND value = ?"),
        FILTER_VALUES("SELECT value, sensor_id FROM %s.filter_values WHERE filter = ? AND slot = ? LIMIT ?"),
        FILTER_VALUES_AFTER("SELECT value, sensor_id FROM %s.filter_values WHERE filter = ? AND slot = ?"
                + " AND value > ? LIMIT ?"),
        INDEX_REVISION("SELECT revision FROM %s.revisions WHERE name = 'sensor-index'"),
        SET_INDEX_REVISION("INSERT INTO %s.revisions (name, revision) VALUES ('sensor-index', ?)"),
        LAYOUT("SELECT version, valid_from, shards, bucket_millis, storage FROM %s.layouts WHERE type = ?"),
        FIRST_LAYOUT("INSERT INTO %s.layouts (type, version, shards, bucket_millis, storage) VALUES (?, 1, ?, ?, ?)"
                + " IF NOT EXISTS"),
        NEXT_LAYOUT("INSERT INTO %s.layouts (type, version, valid_from, shards, bucket_millis, storage)"
                + " VALUES (?, ?, ?, ?, ?, ?) IF NOT EXISTS"),
        TOPIC("SELECT topic_id, epoch, writetime(topic_id) AS assigned_at FROM %s.topics WHERE topic = ?"),
        TOPICS("SELECT topic, topic_id, epoch, writetime(topic_id) AS assigned_at FROM %s.topics"),
        FIRST_TOPIC("INSERT INTO %s.topics (topic, topic_id, epoch) VALUES (?, ?, ?) IF NOT EXISTS"),
        NEXT_TOPIC("UPDATE %s.topics SET topic_id = ?, epoch = ? WHERE topic = ? IF topic_id = ? AND epoch = ?"),
        EARLIER_TOPIC("INSERT INTO %s.earlier_topics (topic, epoch, topic_id) VALUES (?, ?, ?) USING TIMESTAMP ?"),
        EARLIER_TOPICS("SELECT topic_id, epoch, writetime(topic_id) AS assigned_at FROM %s.earlier_topics"
                + " WHERE topic = ? LIMIT 127"),
        ADVANCE_PROGRESS("INSERT INTO %s.progress (topic, partition, epoch, next_offset, record_time)"
                + " VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?"),
        PROGRESS("SELECT partition, epoch, next_offset, record_time, writetime(next_offset), writetime(record_time)"
                + " FROM %s.progress WHERE topic = ?"),
        ROWS_TO_PACK("SELECT sensor_id, ts, reading, writetime(reading), ttl(reading) FROM %s.readings WHERE type = ?"
                + " AND shard = ? AND bucket = ? ORDER BY sensor_id DESC, ts ASC"),
        WEEKS_OF_SHARDS("SELECT DISTINCT type, shard, week FROM %s.buckets"),
        INSERT_SEGMENT("INSERT INTO %s.history (type, shard, span, pack, sensor_id, start, segment)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?) USING TTL ?"),
        SEGMENTS_OF_PACK("SELECT sensor_id, start, segment FROM %s.history WHERE type = ? AND shard = ?"
                + " AND span = ? AND pack = ?"),
        SENSORS_OF_PACK("SELECT sensor_id FROM %s.history WHERE type = ? AND shard = ? AND span = ? AND pack = ?"
                + " GROUP BY type, shard, span, pack, sensor_id"),
        INSERT_SUMMARIES("INSERT INTO %s.history_summaries (type, shard, week, sensor_id, span, pack, start, summaries)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TTL ?"),
        SUMMARIES("SELECT span, pack, summaries FROM %s.history_summaries WHERE type = ? AND shard = ? AND week = ?"
                + " AND sensor_id = ? AND span >= ? AND span < ?"),
        SUMMARIES_OF_PACK("SELECT sensor_id, start, summaries FROM %s.history_summaries WHERE type = ? AND shard = ?"
                + " AND week = ? AND sensor_id IN ? AND span = ? AND pack = ?"),
        DELETE_SUMMARIES("DELETE FROM %s.history_summaries WHERE type = ? AND shard = ? AND week = ?"
                + " AND sensor_id = ? AND span = ? AND pack = ?"),
        SEGMENT_AT("SELECT start, segment FROM %s.history WHERE type = ? AND shard = ? AND span = ? AND pack = ?"
                + " AND sensor_id = ? AND start <= ? ORDER BY pack DESC, sensor_id DESC, start DESC LIMIT 1"),
        SEGMENTS_ASCENDING("SELECT start, segment FROM %s.history WHERE type = ? AND shard = ? AND span = ?"
                + " AND pack = ? AND sensor_id = ? AND start > ? AND start < ? LIMIT ?"),
        SEGMENTS_DESCENDING("SELECT start, segment FROM %s.history WHERE type = ? AND shard = ? AND span = ?"
                + " AND pack = ? AND sensor_id = ? AND start > ? AND start < ?"
                + " ORDER BY pack DESC, sensor_id DESC, start DESC LIMIT ?"),
        DELETE_PACK("DELETE FROM %s.history WHERE type = ? AND shard = ? AND span = ? AND pack = ?"),
        HISTORY_MARKS("SELECT span, id, state, writetime(state) FROM %s.history_marks WHERE type = ? AND shard = ?"
                + " AND week = ? AND span >= ? AND span < ?"),
        INSERT_HISTORY_MARK("INSERT INTO %s.history_marks (type, shard, week, span, id, state)"
                + " VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?"),
        DELETE_HISTORY_MARK("DELETE FROM %s.history_marks USING TIMESTAMP ? WHERE type = ? AND shard = ? AND week = ?"
                + " AND span = ? AND id = ?"),
        INSERT_FRESH_MINUTE("INSERT INTO %s.fresh_minutes (type, minute, lane) VALUES (?, ?, ?)"),
        MARK_FRESH_MINUTE("INSERT INTO %s.fresh_minutes (type, minute, lane, merged) VALUES (?, ?, ?, ?)"),
        DELETE_FRESH_MINUTE(
                "DELETE FROM %s.fresh_minutes USING TIMESTAMP ? WHERE type = ? AND minute = ? AND lane = ?"),
        FRESH_MINUTES("SELECT minute, lane, merged, WRITETIME(merged) FROM %s.fresh_minutes WHERE type = ?"),
        FRESH_TYPES("SELECT DISTINCT type FROM %s.fresh_minutes"),
        INSERT_FRESH("INSERT INTO %s.fresh (type, lane, minute, late, shard, writer, seq, sensors, segment)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
        FRESH("SELECT sensors, segment FROM %s.fresh WHERE type = ? AND lane = ? AND minute = ? AND late IN ?"
                + " AND shard IN ?"),
        FRESH_TO_MERGE("SELECT late, shard, writer, seq, WRITETIME(segment), sensors, segment FROM %s.fresh"
                + " WHERE type = ? AND lane = ? AND minute = ?"),
        FRESH_KEYS("SELECT late, shard, writer, seq, WRITETIME(segment) FROM %s.fresh"
                + " WHERE type = ? AND lane = ? AND minute = ?"),
        FRESH_PARTITIONS("SELECT DISTINCT type, lane, minute FROM %s.fresh WHERE token(type, lane, minute) > ?"
                + " AND token(type, lane, minute) <= ?"),
        DELETE_FRESH("DELETE FROM %s.fresh USING TIMESTAMP ? WHERE type = ? AND lane = ? AND minute = ?"),
        INSERT_RECENT_ENTRY("INSERT INTO %s.recent_entries (type, shard, bucket, writer, present)"
                + " VALUES (?, ?, ?, ?, true) USING TIMESTAMP ?"),
        DELETE_RECENT_ENTRY("DELETE FROM %s.recent_entries USING TIMESTAMP ? WHERE type = ? AND shard = ?"
                + " AND bucket = ? AND writer = ?"),
        RECENT_ENTRIES("SELECT bucket, writer, WRITETIME(present) FROM %s.recent_entries WHERE type = ? AND shard = ?"
                + " AND bucket >= ? AND bucket < ?"),
        RECENT_BUCKETS_ASCENDING("SELECT bucket FROM %s.recent_entries WHERE type = ? AND shard = ? AND bucket >= ?"
                + " AND bucket < ? GROUP BY type, shard, bucket ORDER BY bucket ASC LIMIT ?"),
        RECENT_BUCKETS_DESCENDING("SELECT bucket FROM %s.recent_entries WHERE type = ? AND shard = ? AND bucket >= ?"
                + " AND bucket < ? GROUP BY type, shard, bucket ORDER BY bucket DESC LIMIT ?"),
        INSERT_RECENT("INSERT INTO %s.recent (type, shard, bucket, sensor_group, id, sensors, segment)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?) USING TTL ?"),
        RECENT("SELECT sensors, segment FROM %s.recent WHERE type = ? AND shard = ? AND bucket = ?"
                + " AND sensor_group IN ?"),
        RECENT_SEGMENT("SELECT sensors, segment FROM %s.recent WHERE type = ? AND shard = ? AND bucket = ?"
                + " AND sensor_group = ? AND id = ?"),
        RECENT_TO_PACK("SELECT sensor_group, id, WRITETIME(segment), sensors, segment FROM %s.recent WHERE type = ?"
                + " AND shard = ? AND bucket = ?"),
        DELETE_RECENT("DELETE FROM %s.recent WHERE type = ? AND shard = ? AND bucket = ? AND sensor_group = ?"
                + " AND id = ?"),
        INSERT_RECENT_PACK("INSERT INTO %s.recent_packs (type, shard, span, pack, replaces) VALUES (?, ?, ?, ?, ?)"),
        DELETE_RECENT_PACK("DELETE FROM %s.recent_packs WHERE type = ? AND shard = ? AND span = ? AND pack = ?"),
        RECENT_PACKS_ASCENDING("SELECT span, pack, replaces, WRITETIME(replaces) FROM %s.recent_packs WHERE type = ?"
                + " AND shard = ? AND span >= ? AND span < ? ORDER BY span ASC"),
        RECENT_PACKS_DESCENDING("SELECT span, pack, replaces, WRITETIME(replaces) FROM %s.recent_packs WHERE type = ?"
                + " AND shard = ? AND span >= ? AND span < ? ORDER BY span DESC"),
        RECENT_PACK_SPANS("SELECT type, shard, span FROM %s.recent_packs GROUP BY type, shard, span"),
        SEGMENT_TYPES("SELECT DISTINCT type FROM %s.layouts"),
        TAKE_LEASE("INSERT INTO %s.leases (name, holder) VALUES (?, ?) IF NOT EXISTS USING TTL ?"),
        RENEW_LEASE("UPDATE %s.leases USING TTL ? SET holder = ? WHERE name = ? IF holder = ?");

        private final String template;

        Cql(String template) {
            this.template = template;
        }
    }

    private final Map<Cql, PreparedStatement> prepared;

    private Statements(Map<Cql, PreparedStatement> prepared) {
        this.prepared = prepared;
    }

    static Uni<Statements> prepare(CqlSession session, String keyspace) {
        Map<Cql, PreparedStatement> prepared = new ConcurrentHashMap<>();
        return Multi.createFrom()
                .items(Cql.values())
                .onItem()
                .transformToUniAndMerge(cql -> Uni.createFrom()
                        .completionStage(() -> session.prepareAsync(cql.template.formatted(keyspace)))
                        .invoke(statement -> prepared.put(cql, statement)))
                .collect()
                .last()
                .map(last -> new Statements(prepared));
    }

    PreparedStatement get(Cql cql) {
        return Objects.requireNonNull(prepared.get(cql));
    }
}
