package io.telltale.api;

/** The kinds of problems. Codes are part of the contract and never change. */
public enum ProblemCode {
    /** A parameter of the query or path does not have the form or range it should. */
    BAD_PARAMETER("bad-parameter", 400, "Bad parameter"),
    /** A parameter that the endpoint does not declare. */
    UNKNOWN_PARAMETER("unknown-parameter", 400, "Unknown parameter"),
    /** A cursor that is damaged or belongs to another query. */
    BAD_CURSOR("bad-cursor", 400, "Bad cursor"),
    /** Another bad request, such as a body that is not JSON. */
    BAD_REQUEST("bad-request", 400, "Bad request"),
    UNAUTHENTICATED("unauthenticated", 401, "Not authenticated"),
    FORBIDDEN("forbidden", 403, "Forbidden"),
    /** Unknown path. */
    NOT_FOUND("not-found", 404, "Not found"),
    /** A sensor that was never seen. */
    SENSOR_UNKNOWN("sensor-unknown", 404, "Sensor unknown"),
    /** A known sensor without readings. */
    NO_READING("no-reading", 404, "No reading"),
    /** A type without sensors. */
    TYPE_UNKNOWN("type-unknown", 404, "Type unknown"),
    METHOD_NOT_ALLOWED("method-not-allowed", 405, "Method not allowed"),
    NOT_ACCEPTABLE("not-acceptable", 406, "Media type not acceptable"),
    /** A concurrent change of the same resource. */
    CONFLICT("conflict", 409, "Conflict"),
    BODY_TOO_LARGE("body-too-large", 413, "Body too large"),
    URI_TOO_LONG("uri-too-long", 414, "URL too long"),
    UNSUPPORTED_MEDIA_TYPE("unsupported-media-type", 415, "Unsupported media type"),
    /** A body without any valid reading. */
    NOTHING_ACCEPTABLE("nothing-acceptable", 422, "Nothing acceptable"),
    /** More concurrent requests or streams than the limit. */
    TOO_MANY("too-many", 429, "Too many"),
    HEADERS_TOO_LARGE("headers-too-large", 431, "Headers too large"),
    /** A bug; the log has details under the same instance. */
    INTERNAL("internal", 500, "Internal error"),
    KAFKA_UNAVAILABLE("kafka-unavailable", 503, "Kafka unavailable"),
    CASSANDRA_UNAVAILABLE("cassandra-unavailable", 503, "Cassandra unavailable"),
    /** The service cannot answer now, for example during startup or shutdown. */
    UNAVAILABLE("unavailable", 503, "Unavailable");

    private final String code;
    private final int status;
    private final String title;

    ProblemCode(String code, int status, String title) {
        this.code = code;
        this.status = status;
        this.title = title;
    }

    /** The last part of the type: {@code bad-parameter}. */
    public String code() {
        return code;
    }

    /** The URI of the kind of problem: {@code urn:telltale:problem:bad-parameter}. */
    public String type() {
        return "urn:telltale:problem:" + code;
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** The title of all problems with this code. */
    public String title() {
        return title;
    }
}
