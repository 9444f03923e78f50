package io.telltale.api;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * Guards the body of one HTTP/1.1 request on its way to Vert.x. A malformed chunk is answered with 400; Vert.x closes
 * the connection without a response. After a refusal nothing on the connection is read as a request any more, because
 * its start is unknown.
 */
final class ChunkedBody extends ChannelInboundHandlerAdapter {

    private final HttpServerResponse response;
    private final boolean isLast;
    private boolean isEnded;

    private ChunkedBody(HttpServerResponse response, boolean isLast) {
        this.response = response;
        this.isLast = isLast;
    }

    /**
     * Guards the body of a request. Call before the request is handled.
     *
     * @param isLast whether further requests on the connection are ignored
     */
    static void guard(HttpServerRequest request, boolean isLast) {
        add(request, new ChunkedBody(request.response(), isLast));
    }

    /** Answers a request whose body has no known end, and closes the connection. */
    static void refuse(HttpServerRequest request, Problem problem) {
        ChunkedBody body = new ChunkedBody(request.response(), true);
        body.answer(add(request, body), problem);
    }

    private static ChannelHandlerContext add(HttpServerRequest request, ChunkedBody body) {
        ChannelHandlerContext vertx = ((ConnectionBase) request.connection()).channelHandlerContext();
        return vertx.pipeline().addBefore(vertx.name(), null, body).context(body);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (isEnded) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (message instanceof HttpContent content) {
            if (content.decoderResult().isFailure() && !response.headWritten()) {
                ReferenceCountUtil.release(message);
                answer(
                        context,
                        Problem.of(
                                ProblemCode.BAD_REQUEST,
                                "body has a malformed chunk; expected chunks as in RFC 9112, section 7.1"));
                return;
            }
            if (message instanceof LastHttpContent) {
                end(context);
            }
        }
        context.fireChannelRead(message);
    }

    private void end(ChannelHandlerContext context) {
        if (isLast) {
            isEnded = true;
        } else {
            context.pipeline().remove(this);
        }
    }

    private void answer(ChannelHandlerContext context, Problem problem) {
        isEnded = true;
        byte[] body = problem.toJson();
        FullHttpResponse answer = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(problem.status()), Unpooled.wrappedBuffer(body));
        answer.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, Problem.MEDIA_TYPE)
                .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE)
                .setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
        ChannelFuture unused = context.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
    }
}
