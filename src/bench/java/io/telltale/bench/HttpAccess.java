package io.telltale.bench;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** How clients reach a service: over HTTP without a credential, or over HTTPS, with a bearer token, or both. */
final class HttpAccess {

    /** HTTP without a credential. */
    static final HttpAccess PLAIN = new HttpAccess(null, null);

    private final @Nullable SSLContext trusted;
    private final @Nullable String token;
    private final HttpClient client;

    /**
     * @param trusted for HTTPS; null for HTTP
     * @param token null for requests without a credential
     */
    HttpAccess(@Nullable SSLContext trusted, @Nullable String token) {
        this.trusted = trusted;
        this.token = token;
        HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
        this.client =
                trusted == null ? builder.build() : builder.sslContext(trusted).build();
    }

    /** Reuses its connections. */
    HttpClient client() {
        return client;
    }

    /** A request with the credential. */
    HttpRequest.Builder request(URI uri) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri);
        return token == null ? request : request.header("Authorization", authorization());
    }

    /**
     * The header with the credential and the end of its line, for requests that are written by hand; empty without one.
     */
    String header() {
        return token == null ? "" : "Authorization: " + authorization() + "\r\n";
    }

    private String authorization() {
        return "Bearer " + token;
    }

    /** For HTTPS; null for HTTP. */
    @Nullable
    SSLContext trusted() {
        return trusted;
    }
}
