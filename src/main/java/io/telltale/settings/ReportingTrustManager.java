package io.telltale.settings;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Reports the certificates of servers that another trust manager refuses. Clients report only a closed connection: they
 * lose the reason.
 */
final class ReportingTrustManager extends X509ExtendedTrustManager {

    private final X509ExtendedTrustManager judge;
    private final boolean checksDates;
    private final RefusedCertificate refused;

    /** @param checksDates whether to refuse an expired certificate also if the trust store contains it */
    ReportingTrustManager(X509ExtendedTrustManager judge, boolean checksDates, RefusedCertificate refused) {
        this.judge = judge;
        this.checksDates = checksDates;
        this.refused = refused;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
            throws CertificateException {
        try {
            judge.checkServerTrusted(chain, authType, engine);
            if (checksDates) {
                chain[0].checkValidity();
            }
        } catch (CertificateException e) {
            refused.report(engine == null ? "unknown" : engine.getPeerHost() + ":" + engine.getPeerPort(), e);
            throw e;
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        judge.checkServerTrusted(chain, authType, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        judge.checkServerTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        judge.checkClientTrusted(chain, authType, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        judge.checkClientTrusted(chain, authType, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        judge.checkClientTrusted(chain, authType);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return judge.getAcceptedIssuers();
    }
}
