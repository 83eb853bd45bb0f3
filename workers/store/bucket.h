/*
 * bucket.h: a versioned bucket with Object Lock as a store.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef STORE_BUCKET_H
#define STORE_BUCKET_H

#include "store/bucket_settings.h"
#include "store/store.h"

/* Refuses a bucket that is not versioned or has no Object Lock. */
extern Store *bucket_open(const BucketSettings *settings, Failure *failure) MUST_CHECK;

#endif							/* STORE_BUCKET_H */
